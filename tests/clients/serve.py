"""`zaguan serve` as an operator meets it: a tenant folder, people, secrets, keys, a save with a mistake, a restart.
And what only a demo of one's own shows: two side by side, a clock that is moved."""

import json
import pathlib
import queue
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import b2c
from b2c import Browser, Request, Returned, claims_of
from cases import Cases, equal, true
from demo import ADA, BINARY, PUBLIC_CLIENT, ROOT, SIGN_IN, TENANT, WEB_CLIENT, WEB_REDIRECT, Demo, free_ports

LONGEST = 30.0
CAROL = ("carol@contoso.example", "Shaw-is-Carol-1")
DAVE = ("dave@contoso.example", "Dave-has-one-1")
LOOPBACK = "http://localhost:43117/callback"


class Serve:
    """A server over a tenant folder, and what it says."""

    def __init__(self, place, *options):
        self.data, self.folder = place / "data", place / "contoso"
        place.mkdir(exist_ok=True)
        if not self.folder.exists():
            shutil.copytree(ROOT / "policies/demo", self.folder)
        self.port, self.options, self.said = free_ports(), options, ""
        self.secrets = []

    @property
    def origin(self):
        return f"https://localhost:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            [str(BINARY), "serve", "--data", str(self.data), "--tenant", str(self.folder),
             "--listen", f"127.0.0.1:{self.port}", "--url", self.origin, *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.data.parent,
        )
        self.lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stderr, self.lines), daemon=True).start()
        self.hears("ready")

    @staticmethod
    def _read(stderr, lines):
        for line in stderr:
            lines.put(line.decode())
        lines.put(None)

    def hears(self, words):
        """Waits for a line with these words; returns everything that was said up to it."""
        until, said = time.monotonic() + LONGEST, ""
        while words not in said:
            try:
                line = self.lines.get(timeout=max(until - time.monotonic(), 0.001))
            except queue.Empty:
                raise AssertionError(f"the server did not say {words!r} within {LONGEST:.0f} s, but:\n{said}") from None
            true(line is not None, f"the server ended, and had not said {words!r} but:\n{said}")
            said += line
        self.said += said
        return said

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(LONGEST)
        while (line := self.lines.get(timeout=LONGEST)) is not None:
            self.said += line
        return code

    def command(self, *words, stdin=None):
        """Another `zaguan` beside it: exit code, what it printed, what it complained about."""
        at = [] if words[0] == "serve" else ["--data", str(self.data), "--tenant", TENANT]
        name = 1 if words[0] in ("serve", "why") else 2
        done = subprocess.run([str(BINARY), *words[:name], *at, *words[name:]], text=True,
                              input=stdin or "", capture_output=True, timeout=LONGEST, cwd=self.data.parent)
        return done.returncode, done.stdout.strip(), done.stderr

    def trust(self):
        return ssl.create_default_context(cafile=str(self.data / "ca.pem"))

    def request(self):
        return Request(f"{self.origin}/{TENANT}/{SIGN_IN}", WEB_CLIENT, WEB_REDIRECT)

    def answer(self, path):
        return Browser(self.trust()).get(f"{self.origin}/{TENANT}/{path}")

    def key_ids(self):
        answer = self.answer(f"{SIGN_IN}/discovery/v2.0/keys")
        equal(answer.status, 200, "status of the keys")
        return [key["kid"] for key in answer.json()["keys"]]

    def policy(self):
        return self.folder / "SignUpOrSignin.xml"


def signs_in(server):
    for person in (CAROL, DAVE):
        server.secrets.append(person[1])
    code, person, complaint = server.command("user", "add", "--email", CAROL[0], "--name", "Carol", stdin=CAROL[1])
    equal((code, len(person)), (0, 36), f"exit code and object id of `user add`; {complaint}")
    code, secret, complaint = server.command("app", "secret", WEB_CLIENT)
    equal(code, 0, f"exit code of `app secret`; {complaint}")
    server.secrets.append(secret)
    browser, request = Browser(server.trust()), server.request()
    returned = b2c.sign_in(browser, request.url, CAROL)
    answer = request.redeem(browser, returned.code, client_secret=secret)
    equal(answer.status, 200, f"status of the token answer {answer.text[:300]}")
    return browser


def mistake_is_refused_whole(server):
    sound = server.policy().read_text()
    server.policy().write_text(sound.replace('ReferenceId="SignUpOrSignIn"', 'ReferenceId="SignUpOrSingIn"'))
    said = server.hears("go on serving")
    true("SignUpOrSingIn" in said and "SignUpOrSignin.xml" in said, f"the author is not told what and where:\n{said}")
    equal(server.answer(f"{SIGN_IN}/v2.0/.well-known/openid-configuration").status, 200, "the policy before it")
    server.policy().write_text(sound)
    server.hears("applied the tenant folders")


def new_policy_is_served(server):
    path = "B2C_1A_second/v2.0/.well-known/openid-configuration"
    equal(server.answer(path).status, 404, "a policy that is not there yet")
    second = server.folder / "Second.xml"
    second.write_text(server.policy().read_text().replace(SIGN_IN, "B2C_1A_second"))
    server.hears("applied the tenant folders")
    equal(server.answer(path).status, 200, "the policy once it is saved")


def keys_roll_over(server):
    name = "B2C_1A_TokenSigningKeyContainer"

    def added(*words):
        code, made, complaint = server.command("keys", "add", name, *words)
        equal(code, 0, f"exit code of `keys add`; {complaint}")
        return made

    def states():
        return {key["kid"]: key["state"] for key in json.loads(server.command("keys", "list", "--format", "json")[1])}

    [first] = server.key_ids()
    second = added()
    equal(set(server.key_ids()), {first, second}, "the new key is published at once")
    equal(states(), {first: "signing", second: "next"}, "and does not sign yet")
    third = added("--signs-in", "0s")
    equal(states(), {first: "retiring", second: "next", third: "signing"}, "one that is in a hurry")
    code, _, complaint = server.command("keys", "remove", name, second)
    equal(code, 0, f"exit code of `keys remove`; {complaint}")
    equal(set(server.key_ids()), {first, third}, "the key that was removed is not published")
    lines = server.command("keys", "list")[1].splitlines()
    true(len(lines) == 3 and "signs since" in lines[2] and "published until" in lines[1], f"`keys list`: {lines}")
    secret = "a-secret-of-some-provider"
    server.secrets.append(secret)
    code, _, complaint = server.command("keys", "import", "B2C_1A_ProviderSecret", "-", "--secret", stdin=secret)
    equal(code, 0, f"exit code of `keys import`; {complaint}")


def data_folder_has_one_holder(server):
    code, _, complaint = server.command("serve", "--data", str(server.data), "--tenant", str(server.folder),
                                        "--listen", "127.0.0.1:0", "--url", server.origin)
    true(code == 1 and "another process holds the data folder" in complaint, f"exit code {code}: {complaint}")


def everything_is_there_after_a_restart(server, browser):
    keys = server.key_ids()
    equal(server.stop(), 0, "exit code after SIGTERM")
    # Commands work without a server too, on its data folder.
    code, _, complaint = server.command("user", "add", "--email", DAVE[0], "--name", "Dave", stdin=DAVE[1])
    equal(code, 0, f"exit code of `user add` while no server runs; {complaint}")
    server.start()
    equal(server.key_ids(), keys, "keys after the restart")
    true(isinstance(browser.open(server.request().url), Returned), "Carol was asked again after the restart")
    true(b2c.sign_in(Browser(server.trust()), server.request().url, DAVE).code, "Dave cannot sign in")


def commands_say_what_to_do(server):
    code, _, complaint = server.command("user", "add", "--email", CAROL[0], "--name", "Carol", stdin=CAROL[1])
    true(code == 1 and CAROL[0] in complaint, f"adding Carol twice: exit code {code}: {complaint}")
    code, _, complaint = server.command("app", "secret", "00000000-0000-0000-0000-000000000000")
    true(code == 1 and "no app" in complaint, f"a secret for nobody: exit code {code}: {complaint}")
    code, _, complaint = server.command("keys", "add", "B2C_1A_Nothing")
    true(code == 1 and "B2C_1A_Nothing" in complaint, f"a key that no policy names: exit code {code}: {complaint}")
    equal(subprocess.run([str(BINARY), "serve"], capture_output=True, check=False).returncode, 2, "not understood")


def sessions_are_listed_ended_and_explained(server, browser):
    def listed(*words):
        code, text, complaint = server.command("sessions", "list", "--user", CAROL[0], "--format", "json", *words)
        equal(code, 0, f"exit code of `sessions list`; {complaint}")
        return json.loads(text)["sessions"]

    [live] = listed("--state", "live")
    equal((live["person"]["sign_in_name"], live["state"]), (CAROL[0], "live"), "the session of Carol's browser")
    true(live["apps"][0]["name"], f"its app has no name: {live['apps']}")
    code, told, complaint = server.command("sessions", "end", "--note", "ticket 512", "--", live["id"])
    true(code == 0 and "1 session ended" in told, f"`sessions end`: exit code {code}: {told} {complaint}")
    true(not isinstance(browser.open(server.request().url), Returned), "Carol was not asked after her session had ended")
    equal(listed("--state", "live"), [], "live sessions of Carol")
    code, _, complaint = server.command("sessions", "end", "--", live["id"])
    true(code == 1 and "had ended before: administrator" in complaint, f"ending it twice: exit code {code}: {complaint}")
    true("ended: administrator" in server.command("sessions", "list", "--user", CAROL[0])[1], "the list as text")

    english = f"{CAROL[0]} was signed out because an administrator ended the session and noted: “ticket 512”."
    spanish = f"La sesión de {CAROL[0]} terminó porque la cerró un administrador, que dejó esta nota: «ticket 512»."
    by_id = server.command("why", "--session", live["id"])[1]
    equal(by_id.splitlines()[0], english, "the first line of the answer")
    equal(server.command("sessions", "show", "--", live["id"])[1], by_id, "`sessions show`")
    code, text, _ = server.command("why", "--user", CAROL[0], "--language", "es", "--format", "json")
    last = json.loads(text)["sessions"][0]
    equal((code, last["session"], last["answer"]), (0, live["id"], spanish), "the session that ended last, in Spanish")
    equal((last["end"]["cause"], last["end"]["note"]), ("administrator", "ticket 512"), "its cause")
    code, told, complaint = server.command("why", "--session", "nothing")
    true(code == 1 and not told and "kept for 30 days" in complaint, f"of nothing: exit code {code}: {told}{complaint}")

    code, told, complaint = server.command("user", "revoke", CAROL[0])
    equal((code, told), (0, f"{CAROL[0]}: refresh tokens are void; 0 sessions ended"), f"`user revoke`; {complaint}")
    code, _, complaint = server.command("user", "delete", CAROL[0])
    true(code == 1 and "--yes" in complaint, f"deleting without a word: exit code {code}: {complaint}")


def no_secret_was_written(server):
    found = [secret for secret in server.secrets if secret in server.said]
    equal(found, [], "passwords and secrets in the log")
    database = b"".join(path.read_bytes() for path in server.data.glob("zaguan.db*"))
    found = [secret for secret in server.secrets if secret.encode() in database]
    equal(found, [], "passwords and secrets in the database")
    true(CAROL[0].encode() in database, "this looked at the wrong files: Carol is not in the database")
    open_files = [str(path) for path in server.data.rglob("*") if path.is_file() and path.stat().st_mode & 0o077
                  and path.name != "ca.pem"]
    equal(open_files, [], "files that others may read")


def behind_a_proxy(place):
    server = Serve(place, "--behind-proxy")
    server.start()
    try:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{server.port}/{TENANT}/{SIGN_IN}/v2.0/.well-known/openid-configuration",
            headers={"X-Forwarded-Host": f"localhost:{server.port}", "X-Forwarded-Proto": "https"},
        )
        with urllib.request.urlopen(asked, timeout=LONGEST) as answer:
            true(f'"{server.origin}/'.encode() in answer.read(), "the metadata do not name the outer address")
    finally:
        equal(server.stop(), 0, "exit code after SIGTERM")


def two_demos_side_by_side(place):
    first, second = Demo(place / "first"), None
    first.start()
    try:
        second = Demo(place / "second", port=first.port + 4)
        second.start()
        true(first.ca.read_bytes() != second.ca.read_bytes(), "two demos share an authority")
        equal((first.stop(), second.stop()), (0, 0), "exit codes")
        before = first.ca.read_bytes()
        first.start()
        equal(first.ca.read_bytes(), before, "the authority after a second start")
    finally:
        for demo in filter(None, (first, second)):
            if demo.process and demo.process.poll() is None:
                demo.stop()


def visits(browser, url):
    """Follows redirects through every origin, as a person's browser does. Returns the last answer."""
    answer = browser.get(url)
    for _ in range(20):
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        answer = browser.get(answer.location)
    raise AssertionError(f"{url} leads in circles")


def tells(demo, **wish):
    """What `/dev/clock` says, after a wish."""
    browser, address = Browser(demo.trust()), f"{demo.origin}/dev/clock"
    answer = browser.post(address, wish) if wish else browser.get(address)
    equal(answer.status, 200, f"status of /dev/clock after {wish}: {answer.text}")
    return answer.json()


def time_passes_at_a_wish(demo):
    demo.start()
    try:
        browser, request = Browser(demo.trust()), Request(demo.authority(), PUBLIC_CLIENT, LOOPBACK)
        b2c.sign_in(browser, request.url, ADA, remember=True).code
        equal(tells(demo, by="29d")["ahead_seconds"], 29 * 86400, "how far ahead it is")
        true(isinstance(browser.open(request.url), Returned), "Ada was asked within her thirty days")
        # A visit keeps her for thirty days from then; her cookie is as young as this machine thinks, and says nothing.
        tells(demo, by="30d1s")
        true(browser.cookies, "the browser dropped its cookies")
        back = b2c.sign_in(browser, request.url, ADA)
        token = claims_of(request.redeem(browser, back.code).json()["id_token"])
        true(59 * 86400 < token["auth_time"] - time.time() < 60 * 86400, "the token is not of the virtual time")
    finally:
        equal(demo.stop(), 0, "exit code after SIGTERM")


def demo_apps_go_by_its_clock(demo):
    demo.start()
    try:
        equal(tells(demo)["ahead_seconds"], 59 * 86400 + 1, "how far ahead it is after a restart")
        browser = Browser(demo.trust())
        asked = visits(browser, f"{demo.groceries}/orders")
        page = b2c.Page(browser, asked)
        equal(page.submit(signInName=ADA[0], password=ADA[1])["status"], "200", "status of the sign-in")
        shown = visits(browser, page.call("CombinedSigninAndSignup/confirmed", rememberMe="false"))
        # An app on this machine's clock would refuse a token of the day after tomorrow.
        equal((shown.status, shown.url), (200, f"{demo.groceries}/orders"), "where the sign-in leads")
        true("Ada Lovelace" in shown.text, "the app greets nobody")
        moved = browser.post(f"{demo.home}/clock", {"by": "90d"}, {"Origin": demo.home, "Sec-Fetch-Site": "same-origin"})
        equal((moved.status, moved.location), (303, f"{demo.home}/"), "what the button of the home page does")
        true("149d1s ahead" in browser.get(moved.location).text, "the home page does not say how far ahead it is")
        again = visits(browser, f"{demo.pharmacy}/prescriptions")
        equal(urllib.parse.urlsplit(again.url).netloc, f"localhost:{demo.port}", "where the other app sends Ada now")
        true('id="signInName"' in again.text, "Ada is not asked after ninety days")
    finally:
        equal(demo.stop(), 0, "exit code after SIGTERM")


def no_site_moves_the_clock(demo):
    demo.start()
    try:
        before = tells(demo)["ahead_seconds"]
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Origin": demo.groceries, "Sec-Fetch-Site": "same-site"}):
            for address in (f"{demo.origin}/dev/clock", f"{demo.home}/clock"):
                answer = Browser(demo.trust()).post(address, {"by": "1d"}, headers)
                equal(answer.status, 403, f"status of a post to {address} with {headers}")
        for address in (f"{demo.origin}/dev/clock", f"{demo.home}/clock"):
            answer = Browser(demo.trust()).post(address, {"by": "1d"}, {"Host": f"evil.example:{demo.port}"})
            equal(answer.status, 404, f"status of a post to {address} by another name")
        equal(tells(demo)["ahead_seconds"], before, "how far ahead it is")
    finally:
        equal(demo.stop(), 0, "exit code after SIGTERM")


def moved_folder_needs_its_clock(demo):
    done = subprocess.run([str(BINARY), "demo", "--data", str(demo.data), "--port", str(demo.port)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST, check=False)
    equal(done.returncode, 1, f"exit code; {done.stderr}")
    for words in ("149d1s ahead of this machine", "--clock virtual`", "`--data`"):
        true(words in done.stderr, f"it does not say {words}: {done.stderr}")
    equal((demo.data / "clock").stat().st_mode & 0o777, 0o600, "mode of the file that says so")


def main():
    cases = Cases()
    place = pathlib.Path(tempfile.mkdtemp(prefix="zaguan-serve-"))
    server = Serve(place, "--watch")
    try:
        cases.run("starts over a tenant folder", server.start)
        browser = cases.run("a person and a secret are made while it runs, and sign in", signs_in, server)
        cases.run("a save with a mistake is refused whole, and the author reads why", mistake_is_refused_whole, server)
        cases.run("a new policy is served once it is saved", new_policy_is_served, server)
        cases.run("a new key is published before it signs, and the one before stays published", keys_roll_over, server)
        cases.run("a data folder has one holder", data_folder_has_one_holder, server)
        cases.run("a restart keeps sessions, people and keys", everything_is_there_after_a_restart, server, browser)
        cases.run("sessions are listed and ended, and why is told", sessions_are_listed_ended_and_explained, server, browser)
        cases.run("a command that cannot be carried out says why", commands_say_what_to_do, server)
        cases.run("it ends when asked", lambda: equal(server.stop(), 0, "exit code after SIGTERM"))
        cases.run("no secret stands in the log or in a file that others may read", no_secret_was_written, server)
        cases.run("it runs behind a proxy", behind_a_proxy, place / "proxy")
        cases.run("two demos run side by side, and a second start finds the first", two_demos_side_by_side, place)
        moved = Demo(place / "moved", options=("--clock", "virtual"))
        cases.run("a session ends when the clock of a demo is moved past it", time_passes_at_a_wish, moved)
        cases.run("the demo's apps and home page go by the clock that was moved", demo_apps_go_by_its_clock, moved)
        cases.run("no web site moves the clock of a demo", no_site_moves_the_clock, moved)
        cases.run("a folder that lives ahead is not started without its clock", moved_folder_needs_its_clock, moved)
    finally:
        if server.process.poll() is None:
            server.process.kill()
        shutil.rmtree(place, ignore_errors=True)
    cases.finish()


if __name__ == "__main__":
    main()
