"""A web app whose library is behind a pipe: the pages are Python's, every call of MSAL is made in its own language.

As in the samples of these libraries, the cache of tokens is a text that belongs to the person's session here.
"""

import base64
import hashlib
import http.server
import json
import secrets
import threading
import urllib.parse

from b2c import claims_of
from beside import API_SCOPE
from demo import PASSWORD_RESET, PROFILE_EDIT, SIGN_IN, TENANT
from library import Refused

COOKIE = "web-app"


class Session:
    """What the app knows of one browser."""

    def __init__(self):
        self.cache = ""
        self.accounts = {}  # policy: the library's name for the account
        self.claims = None  # of the newest ID token
        self.begun = {}  # state: policy, path, verifier of the code


class Made:
    """What every call of the library is given."""

    def __init__(self, beside, library, client_id):
        self._library = library
        self._app = {
            "host": beside.demo.origin.removeprefix("https://"), "tenant": TENANT, "client_id": client_id,
            "client_secret": beside.demo.secret(client_id), "scopes": API_SCOPE,
        }

    def address(self, policy, **given):
        return self._library.call("address", **self._app, policy=policy, **given)["address"]

    def redeem(self, policy, **given):
        return self._library.call("redeem", **self._app, policy=policy, **given)

    def silent(self, policy, **given):
        return self._library.call("silent", **self._app, policy=policy, **given)


class WebApp:
    """Pages at `/me`, `/tasks` and so on, as `web_story.py` wants them. The library's calls are `address`, `redeem` and
    `silent`."""

    def __init__(self, beside, library, client_id):
        self.beside = beside
        self.made = Made(beside, library, client_id)
        self.origin = beside.origin()
        self.sessions = {}
        self.refusals = []  # by the library
        app = self

        class Pages(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                app.answer(self, urllib.parse.urlsplit(self.path).query)

            def do_POST(self):
                app.answer(self, self.rfile.read(int(self.headers["Content-Length"])).decode())

            def log_message(self, form, *values):
                """Nothing: the browser tells what it saw."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", beside.port), Pages)
        server.socket = beside.certificate().wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(self, request, form):
        path = urllib.parse.urlsplit(request.path).path
        given = dict(urllib.parse.parse_qsl(form))
        name = _cookie(request)
        if name not in self.sessions:
            name = secrets.token_urlsafe(24)
            self.sessions[name] = Session()
        session = self.sessions[name]
        try:
            said = self.page(path, given, name, session)
        except Refused as refused:
            said = {"refused": refused.kind, "text": refused.text}
        request.send_response(302 if isinstance(said, str) else 200)
        if isinstance(said, str):
            request.send_header("Location", said)
        # `None`: the browser has to send it with our form_post and in frames.
        request.send_header("Set-Cookie", f"{COOKIE}={name}; Path=/; Secure; HttpOnly; SameSite=None")
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        if not isinstance(said, str):
            request.wfile.write(json.dumps(said).encode())

    def page(self, path, given, name, session):
        """The JSON of a page, or the address to go to."""
        if path == "/callback":
            return self.callback(given, session)
        if path == "/front-channel":
            return self.end_by_notice(given)
        if path == "/signed-out":
            return {"signed": "out"}
        if path == "/sign-out":
            del self.sessions[name]
            return self.beside.metadata()["end_session_endpoint"] + "?" + urllib.parse.urlencode(
                {"post_logout_redirect_uri": f"{self.origin}/signed-out"})
        if path == "/profile":
            return self.begin(session, PROFILE_EDIT, "/me")
        if not session.claims:
            return self.begin(session, SIGN_IN, path)
        if path == "/me":
            return {"sub": session.claims["sub"], "name": session.claims["name"]}
        if path == "/accounts":
            return [self.tasks(session, policy, fresh=True) for policy in session.accounts]
        try:
            return self.tasks(session, SIGN_IN, fresh=path == "/tasks/fresh")
        except Refused as refused:
            self.refusals.append(refused)
            return self.begin(session, SIGN_IN, path)

    def begin(self, session, policy, path):
        """Sends the person to a policy."""
        state, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        session.begun[state] = (policy, path, verifier)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return self.made.address(policy, redirect_uri=f"{self.origin}/callback", state=state, code_challenge=challenge)

    def callback(self, given, session):
        policy, path, verifier = session.begun.pop(given["state"])
        if "error" in given:
            if "AADB2C90118" in given.get("error_description", ""):
                return self.begin(session, PASSWORD_RESET, path)
            return {"refused": given["error"], "text": given.get("error_description")}
        got = self.made.redeem(policy, redirect_uri=f"{self.origin}/callback", code=given["code"], code_verifier=verifier,
                               cache=session.cache)
        self.keep(session, policy, got)
        return self.origin + path

    def tasks(self, session, policy, fresh):
        got = self.made.silent(policy, account=session.accounts[policy], cache=session.cache,
                               fresh="yes" if fresh else "no")
        self.keep(session, policy, got)
        status, said = self.beside.call_api(got["access_token"])
        return {"status": status, "token": hashlib.sha256(got["access_token"].encode()).hexdigest()} | said

    def keep(self, session, policy, got):
        session.cache = got["cache"]
        # After a password reset the person is signed in as by the sign-in policy; its first visit asks nobody.
        session.accounts[policy] = got["account"]
        session.claims = claims_of(got["id_token"])

    def end_by_notice(self, given):
        """Ends the sessions that came of the server's session. No cookie is needed for that."""
        ended = [name for name, session in self.sessions.items()
                 if session.claims and (session.claims["iss"], session.claims.get("sid")) == (given["iss"], given["sid"])]
        for name in ended:
            del self.sessions[name]
        return {"ended": len(ended)}


def _cookie(request):
    for pair in (request.headers.get("Cookie") or "").split("; "):
        name, _, value = pair.partition("=")
        if name == COOKIE:
            return value
    return None
