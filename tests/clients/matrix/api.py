"""An API of the demo's tenant: GET /tasks tells whose access token it was given.

    python3 api.py PORT    serves https://localhost:PORT with APP_CERT and APP_KEY, until it is stopped

It trusts what the discovery document of the token's policy says, and goes by the demo's clock. A good token is answered
by 200 and `{"sub": …, "scp": …}`, anything else by 401. Script of any origin may call it.
"""

import http.server
import json
import os
import ssl
import sys
import time
import urllib.parse

import jwt

from b2c import Browser
from demo import PASSWORD_RESET, PROFILE_EDIT, SIGN_IN, Demo

POLICIES = {policy.lower(): policy for policy in (SIGN_IN, PROFILE_EDIT, PASSWORD_RESET)}
# The demo's API (policies/demo/apps/tasks.toml).
AUDIENCE = "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000005"
SCOPE = "tasks.read"

demo = Demo.running()
trust = demo.trust()


class Refused(Exception):
    """Why a token is not good."""


def claims_of(header):
    """The claims of the access token in an `Authorization` header, once everything about it is checked."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused("there is no bearer token")
    unproven = jwt.decode(token, options={"verify_signature": False})
    policy = POLICIES.get(str(unproven.get("tfp", unproven.get("acr"))).lower())
    if policy is None:
        raise Refused(f"of no policy that is known here: {sorted(unproven)}")
    browser = Browser(trust)
    metadata = browser.get(f"{demo.authority(policy)}/v2.0/.well-known/openid-configuration").json()
    key = jwt.PyJWKClient(metadata["jwks_uri"], ssl_context=trust).get_signing_key_from_jwt(token)
    # PyJWT knows the machine's time only; the demo may be ahead of it.
    claims = jwt.decode(token, key.key, algorithms=["RS256"], audience=AUDIENCE, issuer=metadata["issuer"], options={
        "require": ["exp", "nbf", "iss", "aud", "sub", "scp"],
        "verify_exp": False, "verify_nbf": False, "verify_iat": False,
    })
    now = time.time() + browser.get(f"{demo.origin}/dev/clock").json()["ahead_seconds"]
    if not claims["nbf"] <= now < claims["exp"]:
        raise Refused(f"good from {claims['nbf']} to {claims['exp']}, and it is {now:.0f}")
    if SCOPE not in claims["scp"].split():
        raise Refused(f"for `{claims['scp']}`, not for `{SCOPE}`")
    return claims


class Tasks(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_OPTIONS(self):  # the name that the standard library gives it
        self.answer(204, None)

    def do_GET(self):
        if urllib.parse.urlsplit(self.path).path != "/tasks":
            return self.answer(404, {"error": "there is only /tasks"})
        try:
            claims = claims_of(self.headers["Authorization"])
        except (Refused, jwt.PyJWTError) as refused:
            return self.answer(401, {"error": str(refused)})
        return self.answer(200, {"sub": claims["sub"], "scp": claims["scp"]})

    def answer(self, status, body):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "authorization")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, form, *values):
        """Nothing: a client tells what it was answered."""


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Tasks)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["APP_CERT"], os.environ["APP_KEY"])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
