"""MSAL for Python in a web app, as one client of the matrix."""

import json
import warnings

import msal

import b2c
from app import ORIGIN, SCOPES, App
from b2c import Browser, claims_of
from cases import Cases, equal, true
from demo import ADA, GRACE, PASSWORD_RESET, PROFILE_EDIT, SIGN_IN, TENANT_ID, Demo

CLIENT = "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000110"

demo = Demo.running()
trust = demo.trust()
secret = demo.secret(CLIENT)
host = f"localhost:{demo.port}"
app = App(host, CLIENT, secret, trust)


def shown(page):
    """What a page of the app shows; fails where the browser ended elsewhere."""
    true(page.answer.url.startswith(f"{ORIGIN}/"), f"the browser is at {page.answer.url}")
    return json.loads(page.answer.text)


def asks(page):
    true("signInName" in page.fields, f"nobody is asked to sign in at {page.answer.url}")


def tasks(browser, query=""):
    said = shown(browser.open(f"{ORIGIN}/tasks?{query}"))
    equal(said.get("status"), 200, f"status of the API's answer in {said},")
    return said


def signed_in(person):
    """A browser of a person who is signed in to the app."""
    browser = Browser(trust).everywhere()
    shown(b2c.sign_in(browser, f"{ORIGIN}/sign-in", person))
    return browser


class Story:
    """Ada and the app."""

    def __init__(self):
        self.browser, self.first = Browser(trust).everywhere(), None

    def signs_in(self):
        equal(shown(b2c.sign_in(self.browser, f"{ORIGIN}/sign-in", ADA))["name"], "Ada Lovelace", "name")

    def calls_the_api(self):
        self.first = tasks(self.browser)
        equal(self.first["source"], "cache", "where the token comes from")
        claims = claims_of(self.first["token"])
        equal(self.first["sub"], claims["sub"], "whom the API sees")
        home = f"{claims['oid']}-{SIGN_IN}.{TENANT_ID}"
        equal(self.first["account"].lower(), home.lower(), "home_account_id")

    def refreshes(self):
        seen = {self.first["token"]}
        # The refresh token was replaced in the cache: a second refresh works, too.
        for count in (2, 3):
            # Tokens of one second are alike to the letter.
            demo.move_clock("10s")
            said = tasks(self.browser, "fresh=1")
            equal(said["source"], "identity_provider", "where the token comes from")
            seen.add(said["token"])
            equal(len(seen), count, "different access tokens")

    def edits_the_profile(self):
        page = self.browser.open(f"{ORIGIN}/profile")
        equal(page.fields, ["displayName", "givenName", "surname"], "fields: nobody is asked to sign in again")
        equal(page.submit(displayName="Ada King", givenName="Ada", surname="King")["status"], "200", "status")
        after = shown(page.confirm())
        equal(after, {"name": "Ada King", "accounts": [PROFILE_EDIT, SIGN_IN]}, "what the app knows")
        homes = set()
        for policy in after["accounts"]:
            equal(tasks(self.browser, f"policy={policy}")["source"], "cache", f"where {policy}'s token comes from")
            fresh = tasks(self.browser, f"policy={policy}&fresh=1")
            equal(fresh["name"], "Ada King", "name after a refresh")
            homes.add(fresh["account"])
        equal(len(homes), 2, f"accounts, one for each policy, among {homes}")


def resets_the_password():
    person = demo.new_person("Joan")
    browser = Browser(trust).everywhere()
    first = browser.open(f"{ORIGIN}/sign-in").forgot_password()
    true("email" in first.fields, f"the app does not lead to the reset: {first.answer.url}")
    after = shown(b2c.reset_password(first, demo.code, person[0], "Joan-Changed-1942"))
    equal(after, {"name": "Joan Newcomer", "accounts": [PASSWORD_RESET]}, "what the app knows")
    tasks(browser)
    signed_in((person[0], "Joan-Changed-1942"))


def has_to_sign_in_again(browser, person):
    """The refresh token is of no use any more: the app asks, and goes on."""
    app.complaint = None
    page = browser.open(f"{ORIGIN}/tasks?fresh=1")
    asks(page)
    equal(app.complaint["error"], "invalid_grant", f"what MSAL says: {app.complaint}")
    equal(page.submit(signInName=person[0], password=person[1])["status"], "200", "status of the sign-in")
    shown(page.confirm())
    tasks(browser, "fresh=1")


def is_revoked():
    person = demo.new_person("Mavis")
    browser = signed_in(person)
    tasks(browser, "fresh=1")
    demo.revoke(person)
    has_to_sign_in_again(browser, person)


def is_too_late():
    browser = signed_in(GRACE)
    demo.move_clock("91d")
    has_to_sign_in_again(browser, GRACE)


def signs_out():
    browser = signed_in(GRACE)
    equal(shown(browser.open(f"{ORIGIN}/sign-out")), "signed out", "where the sign-out leads")
    equal(shown(browser.open(f"{ORIGIN}/"))["name"], None, "whom the app greets")
    asks(browser.open(f"{ORIGIN}/tasks"))
    # What MSAL makes of a server that nobody is signed in to.
    one = app.apps[SIGN_IN]
    flow = one.initiate_auth_code_flow(SCOPES, redirect_uri=f"{ORIGIN}/callback", prompt="none")
    back = b2c.Returned(browser.get(flow["auth_uri"]).location)
    true(back.parameters["error_description"].startswith("AADB2C90077"), back.parameters["error_description"])
    refused = one.acquire_token_by_auth_code_flow(flow, back.parameters)
    equal(refused.get("error"), "interaction_required", "what MSAL makes of it")


def signs_out_elsewhere():
    browser = signed_in(GRACE)
    tasks(browser, "fresh=1")
    told = len(app.notices)
    b2c.sign_out_at(browser, demo.groceries)
    equal(len(app.notices), told + 1, "notices")
    equal(app.notices[-1]["iss"], f"{demo.origin}/{TENANT_ID}/v2.0/", "iss of the notice")
    equal(shown(browser.open(f"{ORIGIN}/"))["name"], None, "whom the app greets")
    asks(browser.open(f"{ORIGIN}/tasks?fresh=1"))


# --- Beyond the cells: the library alone ---

def application(**changes):
    return msal.ConfidentialClientApplication(CLIENT, **{
        "client_credential": secret, "authority": demo.authority(), "instance_discovery": False} | changes)


def other_forms_of_the_authority():
    endpoint = application().authority.token_endpoint
    true(endpoint.startswith(f"{demo.origin}/"), endpoint)
    oidc = application(authority=None, oidc_authority=demo.authority() + "/v2.0")
    equal(oidc.authority.token_endpoint.lower(), endpoint.lower(), "token endpoint")
    # A path that MSAL takes for B2C by itself.
    msal.ConfidentialClientApplication(CLIENT, client_credential=secret, authority=demo.authority().lower())


def code_works_once():
    flow = application().initiate_auth_code_flow(SCOPES, redirect_uri=f"{ORIGIN}/callback")
    back = b2c.sign_in(Browser(trust), flow["auth_uri"], ADA)
    first = application().acquire_token_by_auth_code_flow(dict(flow), back.parameters)
    true("error" not in first, f"MSAL got {first}")
    again = application().acquire_token_by_auth_code_flow(dict(flow), back.parameters)
    equal(again.get("error"), "invalid_grant", "error at the second redemption")
    true(again["error_description"].startswith("AADB2C"), again["error_description"])


def wrong_secret():
    wrong = application(client_credential="not-the-secret")
    flow = wrong.initiate_auth_code_flow(SCOPES, redirect_uri=f"{ORIGIN}/callback")
    back = b2c.sign_in(Browser(trust), flow["auth_uri"], ADA)
    result = wrong.acquire_token_by_auth_code_flow(flow, back.parameters)
    true(result.get("error_description", "").startswith("AADB2C90081"), f"answer to a wrong secret: {result}")


def main():
    # Where the answer is read out of the address here, the app's own requests ask for a form.
    warnings.filterwarnings("ignore", message="response_mode='form_post'")
    print(f"  MSAL for Python {msal.__version__}", flush=True)
    app.listen()
    cases, story = Cases(), Story()
    cases.run("sign-in", story.signs_in)
    cases.run("api-call", story.calls_the_api)
    cases.run("silent-refresh", story.refreshes)
    cases.no("silent-frame", "it runs on a server, which has no frames")
    cases.run("edit-profile", story.edits_the_profile)
    cases.run("password-reset", resets_the_password)
    cases.run("refresh-revoked", is_revoked)
    cases.run("sign-out", signs_out)
    cases.run("sign-out-elsewhere", signs_out_elsewhere)
    cases.run("takes other forms of the authority", other_forms_of_the_authority)
    cases.run("is told that a code works once", code_works_once)
    cases.run("is told that the secret is wrong (AADB2C90081)", wrong_secret)
    # Last: the demo's time does not go back.
    cases.run("refresh-expired", is_too_late)
    cases.finish()


if __name__ == "__main__":
    main()
