"""The demo server as the tests use it: on free ports, in a directory of its own, started and stopped here only.

    python3 demo.py COMMAND...    starts the demo, runs the command beside it, stops the demo

The command finds the demo through its environment:
  DEMO_PORT            the identity server's port; the apps and the home page have the next three
  DEMO_DATA            the data directory
  NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE, SSL_CERT_FILE   the demo's certificate authority
"""

import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ZAGUAN_BINARY", ROOT / "target/release/zaguan"))
TENANT = "contoso.onmicrosoft.com"
TENANT_ID = "f3b1c0de-0000-4000-8000-00000000c0de"
SIGN_IN = "B2C_1A_signup_signin"
PROFILE_EDIT = "B2C_1A_ProfileEdit"
PASSWORD_RESET = "B2C_1A_PasswordReset"
TASKS_SCOPE = f"https://{TENANT}/tasks/tasks.read"
ADA = ("ada@contoso.example", "Lovelace-1843")
GRACE = ("grace@contoso.example", "Hopper-1952")
# An app without a secret that comes back to a loopback address, and one with a secret.
PUBLIC_CLIENT = "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000003"
PUBLIC_REDIRECT = "http://localhost/callback"
WEB_CLIENT = "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000004"
WEB_REDIRECT = "https://localhost:9999/callback"
WEB_SIGNED_OUT = "https://localhost:9999/bye"

PORTS = 4
LONGEST_START = 30.0
LONGEST_STOP = 15.0


def free_ports(count=PORTS):
    """The first port of a free block, below the range that systems hand out by themselves."""
    start = 20000 + (os.getpid() * 7) % 8000
    for first in range(start, start + 4000, count):
        held = []
        try:
            for port in range(first, first + count):
                taken = socket.socket()
                held.append(taken)
                taken.bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            for taken in held:
                taken.close()
        return first
    raise RuntimeError(f"no {count} free ports in a row")


class Demo:
    """A demo server. `start` returns when everything listens."""

    def __init__(self, data, port=None, options=()):
        self.data, self.options = pathlib.Path(data), options
        self.port = port or free_ports()
        self.process = None
        self.log = self.data.parent / (self.data.name + ".log")

    @classmethod
    def running(cls):
        """The demo that this process was started beside."""
        return cls(os.environ["DEMO_DATA"], int(os.environ["DEMO_PORT"]))

    @property
    def origin(self):
        return f"https://localhost:{self.port}"

    @property
    def groceries(self):
        return f"https://localhost:{self.port + 1}"

    @property
    def pharmacy(self):
        return f"https://localhost:{self.port + 2}"

    @property
    def home(self):
        return f"https://localhost:{self.port + 3}"

    @property
    def ca(self):
        return self.data / "ca.pem"

    def authority(self, policy=SIGN_IN):
        return f"{self.origin}/{TENANT}/{policy}"

    def trust(self):
        return ssl.create_default_context(cafile=str(self.ca))

    def start(self):
        """Starts the server and waits for its `ready` line and for its health. Returns the seconds that it took."""
        if not BINARY.exists():
            raise RuntimeError(f"{BINARY} is not there: run `cargo build --release`")
        began = time.monotonic()
        log = self.log.open("ab")
        self.process = subprocess.Popen(
            [str(BINARY), "demo", "--data", str(self.data), "--port", str(self.port), *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, start_new_session=True,
        )
        lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stdout, log, lines), daemon=True).start()
        while True:
            left = began + LONGEST_START - time.monotonic()
            try:
                line = lines.get(timeout=max(left, 0.001))
            except queue.Empty:
                self.kill()
                raise RuntimeError(f"the demo was not ready within {LONGEST_START:.0f} s: {self.last_words()}") from None
            if line is None:
                code = self.process.wait()
                raise RuntimeError(f"the demo ended while starting, with exit code {code}:\n{self.last_words()}")
            if b"ready" in line.lower():
                break
        with urllib.request.urlopen(f"{self.origin}/health/ready", context=self.trust(), timeout=5) as answer:
            if answer.status != 200:
                raise RuntimeError(f"/health/ready says {answer.status}")
        return time.monotonic() - began

    @staticmethod
    def _read(stdout, log, lines):
        with stdout, log:
            for line in stdout:
                log.write(line)
                log.flush()
                lines.put(line)
        lines.put(None)

    def last_words(self):
        return self.log.read_bytes()[-3000:].decode(errors="replace")

    def kill(self):
        """Ends the server as a power cut would end it: it hears nothing of it."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Asks the server to end, and returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(LONGEST_STOP)
            except subprocess.TimeoutExpired:
                self.kill()
                raise RuntimeError(f"the demo did not end within {LONGEST_STOP:.0f} s after SIGTERM") from None
        return self.process.returncode

    def command(self, *words, stdin=""):
        """A command of the binary for the running server. Returns what it prints."""
        done = subprocess.run(
            [str(BINARY), *words, "--data", str(self.data), "--tenant", TENANT],
            input=stdin, capture_output=True, text=True, cwd=ROOT, timeout=30, check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"`zaguan {' '.join(words)}` failed: {done.stderr.strip()}")
        return done.stdout

    def secret(self, client_id):
        """A new secret for an app, made by the running server."""
        return self.command("app", "secret", client_id).split()[-1]

    def new_person(self, name):
        """A new person, for a case that changes or revokes something: sign-in name and password."""
        person = (f"{name.lower()}@contoso.example", f"{name}-Enigma-1941")
        self.command("user", "add", "--email", person[0], "--name", f"{name} Newcomer", stdin=person[1])
        return person

    def revoke(self, person):
        """Makes a person's refresh tokens void."""
        self.command("user", "revoke", person[0])

    def move_clock(self, by):
        """Moves the time of the demo forward: `91d`, `25h`. Only a demo with a virtual clock can do that."""
        body = urllib.parse.urlencode({"by": by}).encode()
        with urllib.request.urlopen(f"{self.origin}/dev/clock", body, context=self.trust(), timeout=5) as answer:
            answer.read()

    def mails(self, to):
        """The mails to one address, newest first."""
        with urllib.request.urlopen(f"{self.home}/mailbox.json", context=self.trust(), timeout=5) as answer:
            return [mail for mail in json.load(answer) if mail["to"] == to]

    def code(self, to, after=0):
        """The code in the newest mail to an address. Waits until there are more than `after` mails."""
        until = time.monotonic() + 10
        while True:
            mails = self.mails(to)
            if len(mails) > after:
                return mails[0]["code"]
            if time.monotonic() > until:
                raise AssertionError(f"no mail for {to} arrived within 10 s")
            time.sleep(0.02)  # between two looks into the mailbox

    def environment(self):
        """What a client beside this demo needs to know."""
        ca = str(self.ca)
        around = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return around | {
            "DEMO_PORT": str(self.port), "DEMO_DATA": str(self.data), "ZAGUAN_BINARY": str(BINARY),
            "NODE_EXTRA_CA_CERTS": ca, "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca,
        }


def main():
    command = sys.argv[1:]
    if not command:
        print(__doc__)
        return 2
    place = pathlib.Path(tempfile.mkdtemp(prefix="zaguan-demo-"))
    demo = Demo(place / "data")
    try:
        print(f"  the demo was ready after {demo.start():.2f} s on {demo.origin}", flush=True)
        outcome = subprocess.run(command, env=demo.environment(), stdin=subprocess.DEVNULL, check=False).returncode
        if demo.process.poll() is not None:
            print(f"  the demo ended by itself, with exit code {demo.process.returncode}", flush=True)
            outcome = outcome or 1
        demo.stop()
        if outcome:
            print(f"  --- the demo's last words ---\n{demo.last_words()}", file=sys.stderr, flush=True)
        return outcome
    finally:
        if demo.process and demo.process.poll() is None:
            demo.kill()
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
