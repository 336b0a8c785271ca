"""A Flask app, as the documentation of `identity` has it, and the pages that the matrix looks at."""

import hashlib
import logging
import os

import requests
from cachelib import FileSystemCache
from flask import Flask, request, session
from identity.flask import Auth
from identity.web import Auth as Policy

ORIGIN = f"https://localhost:{os.environ['APP_PORT']}"
HOST = f"https://localhost:{os.environ['DEMO_PORT']}"
CLIENT_ID = os.environ["CLIENT_ID"]
CLIENT_SECRET = os.environ["CLIENT_SECRET"]
SCOPES = ["https://contoso.onmicrosoft.com/tasks/tasks.read"]


def signed_out():
    return {"signed": "out"}


app = Flask(__name__)
app.config.update(
    SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache("sessions"), PREFERRED_URL_SCHEME="https",
    SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="None",
)
# configuration
auth = Auth(
    app,
    authority=f"{HOST}/contoso.onmicrosoft.com/B2C_1A_signup_signin",
    client_id=CLIENT_ID,
    client_credential=CLIENT_SECRET,
    redirect_uri=f"{ORIGIN}/auth/callback",
    post_logout_view=signed_out,
)
# Only where `b2c_tenant_name` is given does the library do this by itself.
auth._edit_profile_auth = Policy(
    session={}, client_id=CLIENT_ID, authority=f"{HOST}/contoso.onmicrosoft.com/B2C_1A_ProfileEdit")
auth._reset_password_auth = Policy(
    session={}, client_id=CLIENT_ID, authority=f"{HOST}/contoso.onmicrosoft.com/B2C_1A_PasswordReset")
# end of configuration
app.add_url_rule("/signed-out", "signed_out", signed_out)


# From the first sign-in on the app asks for what it is going to need: a refresh token gives no more than that.
@app.route("/")
@app.route("/me")
@auth.login_required(scopes=SCOPES)
def me(*, context):
    return {"sub": context["user"]["sub"], "name": context["user"]["name"]}


def call_api(context):
    token = context["access_token"]
    said = requests.get(f"{os.environ['API_URL']}/tasks", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    return {"status": said.status_code, "token": hashlib.sha256(token.encode()).hexdigest()} | said.json()


@app.route("/tasks")
@auth.login_required(scopes=SCOPES)
def tasks(*, context):
    return call_api(context)


@app.route("/tasks/fresh")
def fresh_tasks():
    # The hour of the access tokens is over: what is left of the cache is the refresh token.
    cache = auth._auth._load_cache()
    for token in list(cache.search(cache.CredentialType.ACCESS_TOKEN)):
        cache.remove_at(token)
    auth._auth._save_cache(cache)
    return tasks()


@app.route("/accounts")
def accounts():
    return [fresh_tasks()]


@app.route("/profile")
@auth.login_required(scopes=SCOPES)
def profile(*, context):
    return app.redirect(auth.get_edit_profile_url())


@app.route("/sign-out")
def sign_out():
    return auth.logout()


@app.route("/front-channel")
def front_channel():
    user = session.get(auth._auth._USER, {})
    if (user.get("iss"), user.get("sid")) == (request.args["iss"], request.args["sid"]):
        session.clear()
    return {"signed": "out"}


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(port=int(os.environ["APP_PORT"]), ssl_context=(os.environ["APP_CERT"], os.environ["APP_KEY"]), threaded=True)
