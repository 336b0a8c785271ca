"""A web app as MSAL's samples for Python are, on an https server of its own: it keeps a session by cookie, and the
tokens in MSAL's cache."""

import dataclasses
import http.server
import json
import os
import re
import secrets
import ssl
import threading
import urllib.parse
import urllib.request

import msal

SIGN_IN, PROFILE_EDIT, PASSWORD_RESET = "B2C_1A_signup_signin", "B2C_1A_ProfileEdit", "B2C_1A_PasswordReset"
SCOPES = ["https://contoso.onmicrosoft.com/tasks/tasks.read"]
ORIGIN = f"https://localhost:{os.environ['APP_PORT']}"


def application(host, policy, client_id, secret, cache):
    # configuration
    app = msal.ConfidentialClientApplication(
        client_id,
        client_credential=secret,
        authority=f"https://{host}/contoso.onmicrosoft.com/{policy}",
        instance_discovery=False,
        token_cache=cache,  # one for all policies; one application for each
    )
    # end of configuration
    return app


@dataclasses.dataclass
class Session:
    iss: str
    sid: str
    name: str
    accounts: dict  # by policy


class App:
    def __init__(self, host, client_id, secret, trust):
        self.trust, self.cache = trust, msal.TokenCache()
        self.apps = {policy: application(host, policy, client_id, secret, self.cache)
                     for policy in (SIGN_IN, PROFILE_EDIT, PASSWORD_RESET)}
        self.flows, self.sessions = {}, {}
        # What the front channel brought, and what MSAL last said to no avail.
        self.notices, self.complaint = [], None
        self.pages = {
            "/": self.home, "/sign-in": self.sign_in, "/profile": lambda *_: self.ask(PROFILE_EDIT),
            "/reset": lambda *_: self.ask(PASSWORD_RESET), "/callback": self.callback, "/tasks": self.tasks,
            "/sign-out": self.sign_out, "/signed-out": lambda *_: show("signed out"),
            "/front-channel": self.front_channel,
        }

    def listen(self):
        app = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # the name that the standard library gives it
                parts = urllib.parse.urlsplit(self.path)
                self.respond(parts.path, parts.query)

            def do_POST(self):
                self.respond(urllib.parse.urlsplit(self.path).path,
                             self.rfile.read(int(self.headers["Content-Length"])).decode())

            def respond(self, path, parameters):
                cookie = re.search(r"\bapp-session=([\w-]+)", self.headers.get("Cookie", ""))
                given = dict(urllib.parse.parse_qsl(parameters, keep_blank_values=True))
                try:
                    status, headers, body = app.pages[path](given, cookie and cookie.group(1))
                except Exception as error:  # the person who drives the browser reads it
                    status, headers, body = 500, {}, repr(error)
                content = body.encode()
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(content))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, form, *values):
                """Nothing."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["APP_PORT"])), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.environ["APP_CERT"], os.environ["APP_KEY"])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def home(self, _, cookie):
        session = self.sessions.get(cookie)
        return show({"name": session and session.name, "accounts": sorted(session.accounts) if session else []})

    def sign_in(self, *_):
        return self.ask(SIGN_IN)

    def ask(self, policy):
        flow = self.apps[policy].initiate_auth_code_flow(
            SCOPES, redirect_uri=f"{ORIGIN}/callback", response_mode="form_post")
        self.flows[flow["state"]] = (policy, flow)
        return go_to(flow["auth_uri"])

    def callback(self, given, cookie):
        policy, flow = self.flows.pop(given["state"])
        if given.get("error_description", "").startswith("AADB2C90118"):
            return go_to("/reset")
        result = self.apps[policy].acquire_token_by_auth_code_flow(flow, given)
        if "error" in result:
            return show(result)
        claims = result["id_token_claims"]
        before = self.sessions.pop(cookie, None)
        # An account belongs to a policy: its id ends with the policy's name.
        account = next(one for one in self.apps[policy].get_accounts()
                       if one["home_account_id"].lower().startswith(f"{claims['oid']}-{policy.lower()}."))
        accounts = (before.accounts if before else {}) | {policy: account}
        key = secrets.token_urlsafe(16)
        self.sessions[key] = Session(claims["iss"], claims["sid"], claims["name"], accounts)
        return go_to("/", {"Set-Cookie": f"app-session={key}; Path=/; Secure; HttpOnly; SameSite=Lax"})

    def tasks(self, given, cookie):
        session = self.sessions.get(cookie)
        if session is None:
            return go_to("/sign-in")
        policy = given.get("policy") or next(iter(session.accounts))
        result = self.apps[policy].acquire_token_silent_with_error(
            SCOPES, session.accounts[policy], force_refresh="fresh" in given)
        if not result or "error" in result:
            self.complaint = result
            return go_to("/sign-in")
        token = result["access_token"]
        asked = urllib.request.Request(f"{os.environ['API_URL']}/tasks", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked, context=self.trust, timeout=10) as answer:
            return show({
                "status": answer.status, "sub": json.load(answer)["sub"], "token": token,
                "source": result["token_source"], "account": session.accounts[policy]["home_account_id"],
                "name": result.get("id_token_claims", {}).get("name"),
            })

    def forget(self, key):
        for account in self.sessions.pop(key).accounts.values():
            self.apps[SIGN_IN].remove_account(account)

    def sign_out(self, _, cookie):
        if cookie in self.sessions:
            self.forget(cookie)
        # MSAL for Python has no sign-out of its own: its samples send the browser to the policy's address.
        out = self.apps[SIGN_IN].authority.token_endpoint.removesuffix("token") + "logout"
        return go_to(out + "?" + urllib.parse.urlencode({"post_logout_redirect_uri": f"{ORIGIN}/signed-out"}))

    def front_channel(self, given, _):
        self.notices.append(given)
        for key in [key for key, one in self.sessions.items() if (one.iss, one.sid) == (given["iss"], given["sid"])]:
            self.forget(key)
        return show("told")


def show(value):
    return 200, {"Content-Type": "application/json"}, json.dumps(value)


def go_to(where, headers=None):
    return 302, {"Location": where} | (headers or {}), ""
