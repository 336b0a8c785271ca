"""Apache with mod_auth_openidc, in front of a small app that reads headers. Each policy has a virtual host of its own."""

import atexit
import hashlib
import http.server
import json
import os
import pathlib
import secrets
import shutil
import sys
import tempfile
import threading
import urllib.parse

from b2c import GONE
from beside import Beside, start, told, wait_for
from cases import true
from demo import ADA
from visitor import Visitor
from web_story import WebStory

CLIENT = pathlib.Path(__file__).parent
MODULES = "/usr/lib/apache2/modules"
PROFILE, RESET, BEHIND = 1, 2, 3  # ports after the first


class Behind(http.server.BaseHTTPRequestHandler):
    """The app. Only Apache can reach it."""

    beside = None

    def do_GET(self):
        path, beside = urllib.parse.urlsplit(self.path).path, self.beside
        onward = {
            "/profile": f"{beside.origin(PROFILE)}/me",
            "/sign-out": "/redirect?" + urllib.parse.urlencode({"logout": f"{beside.origin()}/signed-out"}),
        }
        if path in onward:
            return self.answer(302, None, onward[path])
        if path == "/signed-out":
            return self.answer(200, {"signed": "out"})
        if path == "/me":
            return self.answer(200, {one: self.headers[f"OIDC_CLAIM_{one}"] for one in ("sub", "name", "sid")})
        token = self.headers["OIDC_access_token"]
        status, said = beside.call_api(token)
        return self.answer(200, {"status": status, "token": hashlib.sha256(token.encode()).hexdigest()} | said)

    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = dict(urllib.parse.parse_qsl(form))
        if "AADB2C90118" in given["description"]:
            return self.answer(302, None, f"{self.beside.origin(RESET)}/me")
        return self.answer(200, {"refused": given["error"], "text": given["description"]})

    def answer(self, status, said, location=None):
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if said is not None:
            self.wfile.write(json.dumps(said).encode())

    def log_message(self, form, *values):
        """Nothing: the browser tells what it saw."""


def start_httpd(beside, client_id):
    """Starts Apache, never as root: it gets what it has to read in a folder of its own."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="zaguan-httpd-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    read = {"ca.pem": beside.demo.ca, "app.pem": os.environ["APP_CERT"], "app.key": os.environ["APP_KEY"]}
    for name, source in (read | {name: CLIENT / name for name in ("httpd.conf", "went-wrong.html")}).items():
        shutil.copyfile(source, place / name)
    who = "nobody" if os.getuid() == 0 else None
    if who:
        for path in (place, *place.iterdir()):
            shutil.chown(path, who)
    environment = os.environ | {
        "HTTPD": str(place), "MODULES": MODULES, "CLIENT_ID": client_id, "CLIENT_SECRET": beside.demo.secret(client_id),
        "PASSPHRASE": secrets.token_urlsafe(24), "BEHIND": str(beside.port + BEHIND),
        "PROFILE_PORT": str(beside.port + PROFILE), "RESET_PORT": str(beside.port + RESET),
    }
    server = http.server.ThreadingHTTPServer(("127.0.0.1", beside.port + BEHIND), Behind)
    Behind.beside = beside
    threading.Thread(target=server.serve_forever, daemon=True).start()
    start(["/usr/sbin/apache2", "-DFOREGROUND", "-f", str(place / "httpd.conf")], environment, place, who)
    return place / "error.log"


class Story(WebStory):
    # The claims are those of the sign-in, for as long as the session lives.
    name_after_refresh = None

    def all_accounts(self, visitor):
        return [told(visitor.open(f"{self.beside.origin(number)}/tasks/fresh")) for number in (0, PROFILE)]

    def after_ninety_days(self, visitor, page):
        """The sign-in page is all that there can be: the module takes no ID token from the future."""

    def more(self, cases):
        cases.run("ends its session by a notice that brings no cookie", self.ends_without_cookie)

    def ends_without_cookie(self):
        visitor = self.new_visitor(ADA)
        told_of = {"iss": self.beside.metadata()["issuer"], "sid": self.me(visitor)["sid"]}
        Visitor(self.demo).browser.get(f"{self.home}/redirect?logout=get&{urllib.parse.urlencode(told_of)}")
        before = len(visitor.browser.history)
        self.me(visitor)  # the session at the server lives on, and signs the person in again
        true(any("/authorize" in url for url in visitor.browser.history[before:]), "the session lives on")


def main():
    beside = Beside()
    log = start_httpd(beside, sys.argv[1])
    visitor = Visitor(beside.demo)
    wait_for(lambda: visitor.open(f"{beside.origin()}/signed-out"), GONE)
    try:
        Story(beside).run()
    except SystemExit as ended:
        if ended.code:
            print(log.read_text())
        raise


if __name__ == "__main__":
    main()
