"""What a runner of the matrix finds beside it: a demo of its own, the API, ports for the app, people."""

import atexit
import json
import os
import pathlib
import pwd
import ssl
import subprocess
import time

from b2c import Browser
from demo import BINARY, SIGN_IN, TENANT, Demo

API_SCOPE = f"https://{TENANT}/tasks/tasks.read"


class Beside:
    """Made once in a runner."""

    def __init__(self):
        self.demo = Demo.running()
        self.trust = self.demo.trust()
        self.port = int(os.environ["APP_PORT"])
        self.folder = pathlib.Path(os.environ["CLIENT"])
        self.api = os.environ["API_URL"]
        # Of programs, not of people: it keeps nothing.
        self._browser = Browser(self.trust)

    def origin(self, number=0):
        """Where the app listens: it has ten ports."""
        return f"https://localhost:{self.port + number}"

    def certificate(self):
        """TLS for a server of the app's."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.environ["APP_CERT"], os.environ["APP_KEY"])
        return context

    def metadata(self, policy=SIGN_IN):
        return self._browser.get(f"{self.demo.authority(policy)}/v2.0/.well-known/openid-configuration").json()

    def call_api(self, token):
        """Status and JSON of what the API says to an access token."""
        answer = self._browser.get(f"{self.api}/tasks", {"Authorization": f"Bearer {token}"})
        return answer.status, answer.json()

    def move_clock(self, by):
        answer = self._browser.post(f"{self.demo.origin}/dev/clock", {"by": by})
        if answer.status != 200:
            raise AssertionError(f"the clock does not move: {answer.text[:200]}")

    def add_person(self, name):
        """A person of the runner's own: address and password, as `ADA` is."""
        person = (f"{name}@contoso.example", f"{name.title()}-Vault-1901")
        self._zaguan(["user", "add", "--email", person[0], "--name", name.title()], person[1])
        return person

    def revoke(self, person):
        self._zaguan(["user", "revoke", person[0]])

    def _zaguan(self, command, given=""):
        place = ["--data", str(self.demo.data), "--tenant", TENANT]
        done = subprocess.run([str(BINARY), *command[:2], *place, *command[2:]], input=given, capture_output=True,
                              text=True, timeout=30, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"`zaguan {' '.join(command[:2])}` failed: {done.stderr.strip()}")


def start(command, environment, place, user=None):
    """Starts a server of the app's in a folder, as this user or another. It ends when the runner does."""
    other = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    server = subprocess.Popen(command, env=environment, cwd=place, stdin=subprocess.DEVNULL, **other)
    atexit.register(server.wait)
    atexit.register(server.terminate)


def told(page):
    """The JSON that a page of an app consists of."""
    answer = page.answer
    if "json" not in answer.headers.get("Content-Type", ""):
        raise AssertionError(f"{answer.url} says {answer.text[:600]}")
    said = json.loads(answer.body)
    if "refused" in said:
        raise AssertionError(f"{answer.url} says {said}")
    return said


def wait_for(attempt, failures, longest=15.0):
    """Tries until an attempt raises none of these any more, for a server that is just starting."""
    until = time.monotonic() + longest
    while True:
        try:
            return attempt()
        except failures:
            if time.monotonic() > until:
                raise
        time.sleep(0.02)  # between two attempts
