"""The client matrix: real libraries, one after the other, each beside a demo and an API of its own.

    python3 matrix.py [NAME...]             runs these clients, or all, and then compares docs/clients.md
    python3 matrix.py --family FAMILY       runs the clients of one family: msal, javascript, native
    python3 matrix.py --page [...]          writes the generated part of docs/clients.md after the run
    python3 matrix.py --recorded [--page]   runs nothing: compares, or writes, by what the last runs said

A client is a folder of tests/clients/matrix; docs/testing.md says what is in it. What the runs said is kept in
target/clients/matrix.json.
"""

import argparse
import contextlib
import dataclasses
import datetime
import difflib
import ipaddress
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import matrix_page
from cases import Cases
from demo import PORTS, ROOT, Demo, free_ports

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = HERE / "matrix"
RECORD = ROOT / "target/clients/matrix.json"
PAGE = ROOT / "docs/clients.md"
FAMILIES = ("msal", "javascript", "native")
CELLS = (
    "sign-in", "api-call", "silent-refresh", "silent-frame", "edit-profile", "password-reset", "refresh-expired",
    "refresh-revoked", "sign-out", "sign-out-elsewhere",
)
# One line of a runner: verdict, cell, and what is said of it.
LINE = re.compile(r"^  (?P<verdict>ok  |FAIL|no  |red ) (?P<cell>[a-z-]+)(?: \([\d.]+ s\))?(?:: (?P<said>.*))?$")
COUNT = re.compile(r"^(\d+) passed, (\d+) failed$")
APP_PORTS = 10
LONGEST_RUN = 240.0
LONGEST_START = 15.0


@dataclasses.dataclass(frozen=True)
class Client:
    """What client.toml says."""

    folder: pathlib.Path
    name: str
    package: str
    version: str
    language: str
    kind: str
    family: str
    command: tuple
    configuration: str
    notes: str = ""

    @classmethod
    def read(cls, folder):
        with (folder / "client.toml").open("rb") as file:
            told = tomllib.load(file)
        wanted = {field.name for field in dataclasses.fields(cls)} - {"folder"}
        wrong = set(told) - wanted or wanted - set(told) - {"notes"}
        if wrong:
            raise SystemExit(f"{folder}/client.toml: unknown or missing: {', '.join(sorted(wrong))}")
        if told["family"] not in FAMILIES:
            raise SystemExit(f"{folder}/client.toml: family is one of {', '.join(FAMILIES)}")
        return cls(folder, **told | {"command": tuple(told["command"])})

    def check_pin(self):
        """The page names the version that is installed: it stands in a lock file, or in a file of the client."""
        if self.language == "JavaScript":
            locked = json.loads((HERE / "package-lock.json").read_text())["packages"].items()
            # A second version of a package has a folder of another name.
            is_pinned = any(self.package in (one.get("name"), path.removeprefix("node_modules/"))
                            and one.get("version") == self.version for path, one in locked)
        elif self.language == "Python":
            is_pinned = f"{self.package}=={self.version}" in (HERE / "requirements.txt").read_text().split()
        else:
            files = (path for path in self.folder.iterdir() if path.is_file() and path.name != "client.toml")
            is_pinned = any(self.version in path.read_text() for path in files)
        if not is_pinned:
            raise AssertionError(f"{self.package} {self.version} is not what is pinned")


def clients():
    found = [Client.read(path.parent) for path in sorted(CLIENTS.glob("*/client.toml"))]
    # The newest of several versions first.
    name = re.compile(r"(.*?) ?(\d*)$")
    return sorted(found, key=lambda one: (
        FAMILIES.index(one.family), name.match(one.name)[1].lower(), -int(name.match(one.name)[2] or 0),
        one.folder.name))


# --- What stands beside a client ---

def lay_over(client, to, app_port):
    """The folder for `zaguan demo --overlay`: the client's registrations, and what else it lays over the demo's own."""
    (to / "apps").mkdir(parents=True)
    taken = [(path, to / "apps" / f"{client.folder.name}-{path.name}") for path in client.folder.glob("app*.toml")]
    taken += [(path, to / path.name) for path in (*client.folder.glob("*.xml"), *client.folder.glob("tenant.toml"))]
    for source, target in taken:
        # {app}, {app+1}, …: the app's ports.
        port = lambda found: str(app_port + int(found.group(1) or 0))  # noqa: E731
        target.write_text(re.sub(r"\{app(?:\+(\d))?\}", port, source.read_text()))


def make_certificate(data, to):
    """A certificate for localhost by the demo's own authority. Returns the files of the certificate and its key."""
    authority = x509.load_pem_x509_certificate((data / "ca.pem").read_bytes())
    authority_key = serialization.load_pem_private_key((data / "ca.key").read_bytes(), None)
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(one)) for one in ("127.0.0.1", "::1"))]
    extensions = (
        (x509.SubjectAlternativeName(names), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    )
    building = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=30))
    )
    for extension, critical in extensions:
        building = building.add_extension(extension, critical)
    certificate, key_file = to / "app.pem", to / "app.key"
    certificate.write_bytes(building.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    key_file.touch(0o600)
    key_file.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return certificate, key_file


@contextlib.contextmanager
def beside(command, environment, folder, longest):
    """A process in a group of its own; when the body or the time is over, the group is ended."""
    command = [sys.executable if part == "python" else part for part in command]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)

    def end():
        # The group may live on where its first process has ended.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(longest, end)
    timer.daemon = True
    timer.start()
    try:
        yield process
    finally:
        timer.cancel()
        end()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def surroundings(client):
    """A demo, an API and a certificate for one client. Gives the environment that its runner finds them by."""
    place = pathlib.Path(tempfile.mkdtemp(prefix=f"zaguan-{client.folder.name}-"))
    first = free_ports(PORTS + APP_PORTS + 1)
    app_port, api_port = first + PORTS, first + PORTS + APP_PORTS
    lay_over(client, place / "overlay", app_port)
    demo = Demo(place / "data", first, ("--clock", "virtual", "--overlay", str(place / "overlay")))
    try:
        demo.start()
        certificate, key = make_certificate(demo.data, place)
        environment = demo.environment() | {
            "APP_PORT": str(app_port), "APP_CERT": str(certificate), "APP_KEY": str(key),
            "API_URL": f"https://localhost:{api_port}", "CLIENT": str(client.folder), "PLACE": str(place),
            "CLIENTS_NODE": os.environ.get("CLIENTS_NODE", str(ROOT / "target/clients/node")),
            "PYTHONPATH": os.pathsep.join((str(HERE), str(CLIENTS))), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1",
        }
        with beside(["python", str(CLIENTS / "api.py"), str(api_port)], environment, HERE, 2 * LONGEST_RUN) as api:
            if api.stdout.readline().strip() != "ready":
                raise RuntimeError(f"the API did not start: {api.stdout.read()}")
            # What it says later is thrown away, so that it never waits for a reader.
            threading.Thread(target=lambda: [None for _ in api.stdout], daemon=True).start()
            yield demo, environment
        if demo.process.poll() is not None:
            raise RuntimeError(f"the demo ended by itself, with exit code {demo.process.returncode}")
        demo.stop()
    except BaseException:
        if demo.log.exists():
            print(f"  --- the demo's last words ---\n{demo.last_words()}", file=sys.stderr, flush=True)
        raise
    finally:
        if demo.process and demo.process.poll() is None:
            demo.kill()
        shutil.rmtree(place, ignore_errors=True)


# --- Running ---

def run(client):
    """Runs one client. Returns its record: the cells, and how many cases passed and failed."""
    print(f"== {client.name} {client.version} ({client.folder.name})", flush=True)
    began, record = time.monotonic(), {"cells": {}, "passed": 0, "failed": 0}
    try:
        client.check_pin()
        with surroundings(client) as (demo, environment):
            with beside(client.command, environment, client.folder, LONGEST_RUN) as runner:
                for line in runner.stdout:
                    hear(record, line.rstrip("\n"))
                # Not waited for yet: the number of its group is taken for as long as it is not.
                ended = os.waitid(os.P_PID, runner.pid, os.WEXITED | os.WNOWAIT)
            if ended.si_code != os.CLD_EXITED:
                fail(record, f"the runner was ended by signal {ended.si_status}; it has {LONGEST_RUN:.0f} s")
            elif ended.si_status and not record["failed"]:
                fail(record, f"the runner ended with exit code {ended.si_status}")
            if record["failed"]:
                print(f"  --- the demo's last words ---\n{demo.last_words()}", flush=True)
    except Exception as error:  # whatever keeps one client from running, the next ones still run
        fail(record, f"{type(error).__name__}: {error}")
    for cell in CELLS:
        if cell not in record["cells"]:
            fail(record, f"nothing is said of `{cell}`")
            record["cells"][cell] = {"verdict": "FAIL"}
    print(f"== {client.name}: {record['passed']} passed, {record['failed']} failed "
          f"({time.monotonic() - began:.0f} s)", flush=True)
    return record


def hear(record, line):
    print(line, flush=True)
    count = COUNT.match(line)
    if count:
        record["passed"], record["failed"] = int(count[1]), record["failed"] + int(count[2])
        return
    found = LINE.match(line)
    if not found or found["cell"] not in CELLS:
        return
    cell, verdict = found["cell"], found["verdict"].strip()
    if cell in record["cells"]:
        fail(record, f"`{cell}` is said twice")
        verdict = "FAIL"
    reason, thread = found["said"] or "", ""
    if verdict == "red":
        reason, _, thread = reason.rpartition(" ")
        if not thread.startswith("https://"):
            fail(record, f"`{cell}` is red without a thread")
    if verdict in ("no", "red") and not reason:
        fail(record, f"`{cell}` is {verdict} without a reason")
    told = {"reason": reason, "thread": thread} if verdict in ("no", "red") else {}
    record["cells"][cell] = {"verdict": verdict} | told


def fail(record, why):
    record["failed"] += 1
    print(f"  FAIL {why}", flush=True)


def recorded():
    return json.loads(RECORD.read_text()) if RECORD.exists() else {}


def remember(name, record):
    known = recorded()
    known.pop(name, None)
    if record:
        known[name] = record
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps(known, indent=2) + "\n")


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("names", nargs="*", metavar="NAME")
    asked.add_argument("--family", choices=FAMILIES)
    asked.add_argument("--page", action="store_true")
    asked.add_argument("--recorded", action="store_true")
    asked = asked.parse_args()
    all_of_them = clients()
    unknown = set(asked.names) - {one.folder.name for one in all_of_them}
    if unknown:
        raise SystemExit(f"there is no client {', '.join(sorted(unknown))}; there are "
                         f"{', '.join(one.folder.name for one in all_of_them)}")
    chosen = [one for one in all_of_them
              if (not asked.names or one.folder.name in asked.names) and asked.family in (None, one.family)]
    passed, failed = 0, 0
    for client in [] if asked.recorded else chosen:
        remember(client.folder.name, None)
        record = run(client)
        remember(client.folder.name, record)
        passed, failed = passed + record["passed"], failed + record["failed"]
    if asked.page:
        PAGE.write_text(matrix_page.replaced(PAGE.read_text(), page_of(all_of_them)))
        print(f"== {PAGE.relative_to(ROOT)} is written", flush=True)
    elif asked.recorded or not (asked.names or asked.family):
        cases = Cases()
        cases.run("docs/clients.md says what the runs said", check_page, all_of_them)
        passed, failed = passed + cases.passed, failed + cases.failed
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if not failed and (passed or asked.page) else 1


def page_of(all_of_them):
    return matrix_page.generated(all_of_them, CELLS, recorded(), ROOT)


def check_page(all_of_them):
    found, wanted = matrix_page.within(PAGE.read_text()), page_of(all_of_them)
    if found != wanted:
        lines = difflib.unified_diff(
            found.splitlines(), wanted.splitlines(), "docs/clients.md", "the runs", n=1, lineterm="")
        raise AssertionError("run matrix.py --recorded --page, and look at what changed:\n" + "\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
