"""Kills the server a hundred times in the middle of sign-up, sign-in and sign-out, and looks at what is left.

    python3 crash.py [ROUNDS [SEED]]

Starts the demo by itself. Every step comes up in each way of ending it; their order and the moments, as parts of the
time that a step takes undisturbed, are drawn from the printed seed.
"""

import pathlib
import random
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse

import b2c
from b2c import GONE, Browser, Request, Returned
from cases import Cases, equal, true
from demo import (
    ADA, PUBLIC_CLIENT, WEB_CLIENT, WEB_REDIRECT, WEB_SIGNED_OUT, Demo,
)

PASSWORD = "Difference-1822"
# How a step ends: cut off in the middle, with a lost answer, or with its answer and no more.
DURING, LOST, AFTER = "during", "lost", "after"
LOOPBACK = "http://localhost:43117/callback"


class Attempt:
    """Something that a person does, step by step, in one browser. What the server reported is remembered."""

    kind = ""

    def __init__(self, demo, trust, secret, ending=(None, None)):
        self.demo = demo
        self.trust = trust
        self.secret = secret
        self.browser = Browser(trust)
        # The last step that was begun. The server's word on it is missing where the kill came in between.
        self.step = "nothing"
        self.complete = False
        # How it ends, and at which step.
        self.ending = ending
        self.took = {}
        self.begun = {name: threading.Event() for name, _ in self.steps()}

    def prepare(self):
        """What happens before it begins, undisturbed."""

    def run(self):
        """Does the steps until the server is gone, or until its own end."""
        try:
            for name, step in self.steps():
                self.step = name
                self.begun[name].set()
                began = time.monotonic()
                if self.ending == (LOST, name):
                    self.lose(step)
                    return
                step()
                self.took[name] = time.monotonic() - began
                if self.ending == (AFTER, name):
                    return
            self.complete = True
        except GONE:
            pass
        finally:
            for step in self.begun.values():
                step.set()

    def lose(self, step):
        """The server does the step and answers, but the answer is lost: to the person it never came."""
        known, cookies = dict(vars(self)), list(self.browser.cookies)
        step()
        vars(self).update(known)
        self.browser.cookies.clear()
        for cookie in cookies:
            self.browser.cookies.set_cookie(cookie)

    def request(self, **parameters):
        return Request(self.demo.authority(), PUBLIC_CLIENT, LOOPBACK, **parameters)

    def has_session(self, browser):
        back = browser.open(self.request(prompt="none").url)
        true(isinstance(back, Returned), "prompt=none shows a page")
        if "code" in back.parameters:
            return True
        equal(back.parameters.get("error"), "interaction_required", f"answer to prompt=none, {back.parameters},")
        return False

    def can_sign_in(self, person):
        return b2c.sign_in(Browser(self.trust), self.request().url, person).code

    def steps(self):
        raise NotImplementedError

    def examine(self):
        raise NotImplementedError


class SignUp(Attempt):
    kind = "sign-up"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.address = f"person-{secrets.token_hex(6)}@contoso.example"
        self.asked = self.request()
        self.page = None
        self.code = None
        self.reported = False
        self.back = None

    def steps(self):
        return (
            ("open", self.open), ("sign-up page", self.to_sign_up), ("send code", self.send_code),
            ("enter code", self.enter_code), ("form", self.submit), ("confirm", self.confirm),
        )

    def open(self):
        self.page = self.browser.open(self.asked.url)

    def to_sign_up(self):
        self.page = self.page.sign_up()

    def send_code(self):
        accepted(self.page.ask_for_code("email", self.address), "sending a code")
        self.code = self.demo.code(self.address)

    def enter_code(self):
        accepted(self.page.enter_code("email", self.address, self.code), "the code")

    def submit(self):
        accepted(self.page.submit(email=self.address, newPassword=PASSWORD, reenterPassword=PASSWORD,
                                  displayName="Charles B.", givenName="", surname=""), "the form")
        self.reported = True

    def confirm(self):
        self.back = self.page.confirm()

    def examine(self):
        """No account is half made: what was reported is there, and what was not can be completed in the same visit."""
        person = (self.address, PASSWORD)
        if self.reported:
            true(self.can_sign_in(person), "the reported account cannot sign in")
            return "reported" if self.back is None else "complete"
        # The person sees an error and repeats the step, in the same visit, on the same page.
        names = [name for name, _ in self.steps()]
        for name, step in self.steps()[names.index(self.step):]:
            try:
                step()
            except AssertionError as error:
                raise AssertionError(f"after the kill `{name}` cannot be repeated: {error}") from error
        true(isinstance(self.back, Returned) and self.back.code, "the completed sign-up leads to no code")
        true(self.can_sign_in(person), "the completed account cannot sign in")
        return f"resumed at {self.step}"


class SignIn(Attempt):
    kind = "sign-in"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked = self.request()
        self.page = None
        self.back = None
        self.tokens = None

    def steps(self):
        return (("open", self.open), ("password", self.submit), ("confirm", self.confirm), ("token", self.redeem))

    def open(self):
        self.page = self.browser.open(self.asked.url)

    def submit(self):
        accepted(self.page.submit(signInName=ADA[0], password=ADA[1]), "the password")

    def confirm(self):
        self.back = self.page.confirm()

    def redeem(self):
        answer = self.asked.redeem(self.browser, self.back.code)
        equal(answer.status, 200, f"status of {answer.text}")
        self.tokens = answer.json()

    def examine(self):
        """No code works twice; a code and a session that were given survive."""
        if self.back is None:
            true(self.can_sign_in(ADA), "nobody can sign in")
            return f"killed at {self.step}"
        true(self.has_session(self.browser), "the session of a reported sign-in is gone")
        # Before the code is tried again: that revokes what it was redeemed for.
        if self.tokens:
            answer = self.asked.refresh(self.browser, self.tokens["refresh_token"])
            equal(answer.status, 200, f"status of refreshing a token that was reported, {answer.text},")
        answers = [self.asked.redeem(self.browser, self.back.code) for _ in range(2)]
        for answer in answers:
            if answer.status != 200:
                equal(answer.json()["error"], "invalid_grant", "error of a used code")
        worked = (self.tokens is not None) + sum(answer.status == 200 for answer in answers)
        true(worked <= 1, f"a code worked {worked} times (killed at {self.step})")
        if self.step == "confirm":
            equal(worked, 1, "redemptions of a code that was never tried before")
        return "complete" if self.tokens else f"with a code, killed at {self.step}"


class SignOut(Attempt):
    kind = "sign-out"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.before = Browser(self.trust)
        self.led_to = None
        self.reported = False

    def prepare(self):
        web = Request(self.demo.authority(), WEB_CLIENT, WEB_REDIRECT)
        true(b2c.sign_in(self.browser, web.url, ADA).code, "no sign-in before the sign-out")
        true(self.browser.open(self.request().url).code, "no sign-in at the second app")
        # The cookies as they were, for somebody who kept them.
        for cookie in self.browser.cookies:
            self.before.cookies.set_cookie(cookie)

    def steps(self):
        return (("sign out", self.sign_out),)

    def sign_out(self):
        out = self.demo.authority() + "/oauth2/v2.0/logout?" + urllib.parse.urlencode(
            {"post_logout_redirect_uri": WEB_SIGNED_OUT})
        self.led_to = b2c.sign_out(self.browser, out)
        self.reported = True

    def examine(self):
        """A session that was reported ended stays ended; one that was not can still be ended."""
        outcome = "reported"
        if not self.reported:
            kept, mine = self.has_session(self.before), self.has_session(self.browser)
            # Cookies change only with an answer, and there was none.
            equal(mine, kept, "what two browsers with the same cookies see")
            outcome = "not ended" if kept else "ended, unreported"
            self.sign_out()
        equal(self.led_to, WEB_SIGNED_OUT, "where the sign-out leads")
        true(not self.has_session(self.browser), "the session that was reported ended is alive again")
        true(not self.has_session(self.before), "the ended session works with the cookies from before")
        return outcome


KINDS = (SignUp, SignIn, SignOut)


def accepted(answer, what):
    if answer["status"] != "200":
        raise AssertionError(f"{what} is refused: {answer}")


def undisturbed(demo, kind, secret):
    """How long each step takes when nobody kills the server, in seconds."""
    all_took = []
    for _ in range(3):
        attempt = kind(demo, demo.trust(), secret)
        attempt.prepare()
        attempt.run()
        true(attempt.complete, f"an undisturbed {kind.kind} stops at `{attempt.step}`")
        all_took.append(attempt.took)
    return {name: statistics.median(took[name] for took in all_took) for name in all_took[0]}


def schedule(rounds, usual, chance):
    """What each round kills, and how: (kind, way, step)."""
    plan = []
    for turn, kind in enumerate(KINDS):
        # The last steps first: they write the most.
        steps = list(usual[kind])[::-1]
        ways = (DURING, LOST, AFTER, DURING)
        count = len(range(turn, rounds, len(KINDS)))
        plan += [(kind, ways[one // len(steps) % len(ways)], steps[one % len(steps)]) for one in range(count)]
    chance.shuffle(plan)
    return plan


class Rounds:
    """What the rounds found, by rule."""

    def __init__(self):
        self.starts = []
        self.outcomes = {kind.kind: {} for kind in KINDS}
        self.broken = {kind.kind: [] for kind in KINDS}

    def one(self, number, demo, kind, secret, chance, how, step, usual):
        moment = chance.uniform(0, 1) * usual[step]
        attempt = kind(demo, demo.trust(), secret, (how, step))
        attempt.prepare()
        failed = []

        def act():
            try:
                attempt.run()
            except Exception as error:  # reported below, whatever it is
                failed.append(error)

        actor = threading.Thread(target=act)
        actor.start()
        attempt.begun[step].wait()
        # The others end by themselves.
        actor.join(moment if how == DURING else None)
        demo.kill()
        actor.join()
        self.starts.append(demo.start())
        try:
            if failed:
                raise failed[0]
            outcome = attempt.examine()
        except Exception as error:  # a broken rule must not hide the others
            self.broken[kind.kind].append(f"round {number}, {how} `{step}` ({moment * 1000:.1f} ms): {error}")
            return
        counts = self.outcomes[kind.kind]
        counts[outcome] = counts.get(outcome, 0) + 1


def intact(data):
    """SQLite's own opinion of each database in the data directory, after the server has ended."""
    looked_at = 0
    for path in data.rglob("*"):
        if path.is_file() and path.open("rb").read(16) == b"SQLite format 3\x00":
            with sqlite3.connect(path) as database:
                equal(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)], f"integrity of {path.name}")
            looked_at += 1
    true(looked_at, "no database found")


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbits(32)
    print(f"  {rounds} rounds, seed {seed}; again with: ./test crash {rounds} {seed}", flush=True)
    cases, found = Cases(), Rounds()
    place = pathlib.Path(tempfile.mkdtemp(prefix="zaguan-crash-"))
    demo = Demo(place / "data")
    began = time.monotonic()
    try:
        demo.start()
        chance = random.Random(seed)
        secret = demo.secret(WEB_CLIENT)
        usual = {kind: undisturbed(demo, kind, secret) for kind in KINDS}
        for kind, took in usual.items():
            each = ", ".join(f"{step} {seconds * 1000:.0f} ms" for step, seconds in took.items())
            print(f"  undisturbed {kind.kind}: {each}", flush=True)

        def all_rounds():
            for number, (kind, how, step) in enumerate(schedule(rounds, usual, chance), 1):
                found.one(number, demo, kind, secret, chance, how, step, usual[kind])
                if number % 10 == 0:
                    print(f"  {number} rounds, {time.monotonic() - began:.0f} s", flush=True)

        cases.run(f"starts again after each of {rounds} kills", all_rounds)
        if found.starts:
            usually, longest = statistics.median(found.starts), max(found.starts)
            print(f"       a start takes {usually:.2f} s, at most {longest:.2f} s", flush=True)
        for kind, name in (
            (SignUp, "leaves no account half made (sign-up)"),
            (SignIn, "lets no code work twice, and keeps what it gave (sign-in)"),
            (SignOut, "keeps ended sessions ended (sign-out)"),
        ):
            def verdict(kind=kind):
                true(found.outcomes[kind.kind] or found.broken[kind.kind], "never tried")
                true(not found.broken[kind.kind], "\n       " + "\n       ".join(found.broken[kind.kind]))
            cases.run(name, verdict)
            outcomes = ", ".join(f"{count} x {what}" for what, count in sorted(found.outcomes[kind.kind].items()))
            print(f"       {outcomes}", flush=True)

        def ends():
            equal(demo.stop(), 0, "exit code after SIGTERM")
            intact(demo.data)
        cases.run("ends in order, with a sound store", ends)
        if cases.failed:
            print(f"  --- the demo's last words ---\n{demo.last_words()}", flush=True)
    finally:
        if demo.process and demo.process.poll() is None:
            demo.kill()
        shutil.rmtree(place, ignore_errors=True)
    cases.finish()


if __name__ == "__main__":
    main()
