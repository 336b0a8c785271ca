"""MSAL for Python against the demo: a web app of which only the authority is ours."""

import urllib.parse
import warnings

import msal

import b2c
from b2c import Browser, claims_of
from cases import Cases, equal, true
from demo import ADA, PROFILE_EDIT, SIGN_IN, TENANT, TENANT_ID, WEB_CLIENT, WEB_REDIRECT, WEB_SIGNED_OUT, Demo

demo = Demo.running()
trust = demo.trust()
secret = demo.secret(WEB_CLIENT)
# The app's own API: B2C takes the bare client id as its scope.
SCOPES = [WEB_CLIENT]


def application(policy, cache):
    return msal.ConfidentialClientApplication(
        WEB_CLIENT, client_credential=secret, authority=demo.authority(policy), instance_discovery=False,
        token_cache=cache)


class Story:
    """One person and one web app, from sign-in to sign-out."""

    def __init__(self):
        self.cache = msal.TokenCache()
        self.app = application(SIGN_IN, self.cache)
        self.browser = Browser(trust)
        self.answer = None
        self.result = None

    def authority_is_enough(self):
        secondary = application(SIGN_IN, msal.TokenCache())
        true(secondary.authority.token_endpoint.startswith(demo.origin + "/"), secondary.authority.token_endpoint)
        oidc = msal.ConfidentialClientApplication(
            WEB_CLIENT, client_credential=secret, oidc_authority=demo.authority() + "/v2.0")
        equal(oidc.authority.token_endpoint.lower(), secondary.authority.token_endpoint.lower(), "token endpoint")
        # A path that MSAL takes for B2C by itself.
        msal.ConfidentialClientApplication(WEB_CLIENT, client_credential=secret, authority=demo.authority().lower())

    def signs_in(self):
        flow = self.app.initiate_auth_code_flow(SCOPES, redirect_uri=WEB_REDIRECT)
        self.answer = b2c.sign_in(self.browser, flow["auth_uri"], ADA)
        self.result = self.app.acquire_token_by_auth_code_flow(flow, self.answer.parameters)
        good(self.result)
        claims = self.result["id_token_claims"]
        true("Ada" in claims["name"], f"name is {claims['name']!r}")
        equal(claims["aud"], WEB_CLIENT, "aud")
        equal(claims_of(self.result["access_token"])["aud"], WEB_CLIENT, "aud of the access token")
        accounts = self.app.get_accounts()
        equal(len(accounts), 1, "accounts")
        home = f"{claims['oid']}-{SIGN_IN.lower()}.{TENANT_ID}"
        equal(accounts[0]["home_account_id"].lower(), home.lower(), "home_account_id")

    def code_works_once(self):
        flow = self.app.initiate_auth_code_flow(SCOPES, redirect_uri=WEB_REDIRECT)
        back = self.browser.open(flow["auth_uri"])
        good(application(SIGN_IN, msal.TokenCache()).acquire_token_by_auth_code_flow(dict(flow), back.parameters))
        again = application(SIGN_IN, msal.TokenCache()).acquire_token_by_auth_code_flow(dict(flow), back.parameters)
        equal(again.get("error"), "invalid_grant", "error at the second redemption")
        true(again["error_description"].startswith("AADB2C"), again["error_description"])

    def stays_signed_in_silently(self):
        account = self.app.get_accounts()[0]
        cached = self.app.acquire_token_silent(SCOPES, account)
        equal(cached["access_token"], self.result["access_token"], "token from the cache")
        fresh = self.app.acquire_token_silent(SCOPES, account, force_refresh=True)
        good(fresh)
        equal(fresh["token_source"], "identity_provider", "where the token of force_refresh comes from")
        equal(fresh["id_token_claims"]["sub"], self.result["id_token_claims"]["sub"], "sub after a refresh")
        # The refresh token was replaced in the cache: a second refresh works, too.
        good(self.app.acquire_token_silent(SCOPES, account, force_refresh=True))

    def edits_the_profile(self):
        editor = application(PROFILE_EDIT, self.cache)
        flow = editor.initiate_auth_code_flow(SCOPES, redirect_uri=WEB_REDIRECT)
        true(f"/{PROFILE_EDIT.lower()}/" in flow["auth_uri"].lower(), flow["auth_uri"])
        page = self.browser.open(flow["auth_uri"])
        equal(page.fields, ["displayName", "givenName", "surname"], "fields: nobody is asked to sign in again")
        answer = page.submit(displayName="Ada King", givenName="Ada", surname="King")
        equal(answer["status"], "200", f"status of {answer}")
        result = good(editor.acquire_token_by_auth_code_flow(flow, page.confirm().parameters))
        equal(result["id_token_claims"]["name"], "Ada King", "name in the new token")
        homes = {account["home_account_id"] for account in self.app.get_accounts()}
        equal(len(homes), 2, f"accounts, one for each policy, among {homes}")
        # The account of the first policy is still good, and its tokens now carry the new name.
        mine = next(a for a in self.app.get_accounts() if SIGN_IN.lower() in a["home_account_id"].lower())
        fresh = good(self.app.acquire_token_silent(SCOPES, mine, force_refresh=True))
        equal(fresh["id_token_claims"]["name"], "Ada King", "name after a refresh")

    def signs_out(self):
        metadata = self.browser.get(demo.authority() + "/v2.0/.well-known/openid-configuration").json()
        # As the samples do: the address alone, without a hint.
        query = urllib.parse.urlencode({"post_logout_redirect_uri": WEB_SIGNED_OUT})
        out = metadata["end_session_endpoint"] + "?" + query
        equal(b2c.sign_out(self.browser, out), WEB_SIGNED_OUT, "where the sign-out leads")
        flow = self.app.initiate_auth_code_flow(SCOPES, redirect_uri=WEB_REDIRECT, prompt="none")
        back = self.browser.open(flow["auth_uri"])
        equal(back.parameters["error"], "interaction_required", f"answer to prompt=none, {back.parameters},")
        true(back.parameters["error_description"].startswith("AADB2C90077"), back.parameters["error_description"])
        refused = self.app.acquire_token_by_auth_code_flow(flow, back.parameters)
        equal(refused.get("error"), "interaction_required", "what MSAL makes of it")
        for account in self.app.get_accounts():
            self.app.remove_account(account)
        equal(self.app.get_accounts(), [], "accounts")

    def wrong_secret(self):
        app = msal.ConfidentialClientApplication(
            WEB_CLIENT, client_credential="not-the-secret", authority=demo.authority(), instance_discovery=False)
        flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=WEB_REDIRECT)
        back = b2c.sign_in(Browser(trust), flow["auth_uri"], ADA)
        result = app.acquire_token_by_auth_code_flow(flow, back.parameters)
        true(result.get("error_description", "").startswith("AADB2C90081"), f"answer to a wrong secret: {result}")


def good(result):
    true(result and "error" not in result, f"MSAL got {result}")
    return result


def main():
    # The answer is read out of the address here.
    warnings.filterwarnings("ignore", message="response_mode='form_post'")
    print(f"  MSAL for Python {msal.__version__}, tenant {TENANT}", flush=True)
    cases, story = Cases(), Story()
    for name, body in (
        ("needs nothing but the authority", story.authority_is_enough),
        ("signs in (acquire_token_by_auth_code_flow)", story.signs_in),
        ("is told that a code works once", story.code_works_once),
        ("stays signed in (acquire_token_silent, force_refresh)", story.stays_signed_in_silently),
        ("edits the profile with a second policy, and keeps both accounts", story.edits_the_profile),
        ("signs out (end_session_endpoint, prompt=none, remove_account)", story.signs_out),
        ("is told that the secret is wrong (AADB2C90081)", story.wrong_secret),
    ):
        cases.run(name, body)
    cases.finish()


if __name__ == "__main__":
    main()
