"""MSAL for Go in an app on a device: it opens the person's browser and listens for the answer at a loopback address. The
library's calls are made by main.go and native.go of the folder beside."""

import sys

import b2c
from b2c import claims_of
from beside import API_SCOPE, Beside
from cases import Cases, equal, true
from demo import ADA, GRACE, PASSWORD_RESET, PROFILE_EDIT, ROOT, SIGN_IN, TENANT
from library import Library, Refused
from visitor import Visitor, accepted, asked_for_password
from web_story import NEW_PASSWORD

PROGRAM = ROOT / "target/clients/go/msal-go"


class Device:
    """The app, with one person's browser."""

    def __init__(self, beside, client_id):
        self.beside = beside
        self.msal = Library([str(PROGRAM)])
        self.app = {"host": beside.demo.origin.removeprefix("https://"), "tenant": TENANT, "client_id": client_id,
                    "scopes": API_SCOPE}
        self.visitor = Visitor(beside.demo)

    def begin(self, policy=SIGN_IN):
        """The page that the app opens in the browser; the library is waiting meanwhile."""
        said = self.msal.call("interactive", **self.app, policy=policy)
        return self.visitor.open(said["open"])

    def end(self):
        """What the library made of the answer that the browser brought."""
        return self.msal.heard()

    def sign_in(self, person):
        self.visitor.sign_in(self.begin(), person)
        return self.end()

    def again(self, got, policy=SIGN_IN, **how):
        return self.msal.call("again", **self.app, policy=policy, account=got["account"], **how)

    def works(self, got):
        """Calls the API with the access token."""
        status, said = self.beside.call_api(got["access_token"])
        equal(status, 200, f"status of the API, which says {said}")
        return got

    def needs_the_person(self, got):
        try:
            self.again(got, fresh="yes")
        except Refused as refused:
            true(refused.kind == "CallErr" and "invalid_grant" in refused.text, f"MSAL says {refused}")
        else:
            raise AssertionError("the refresh token is still good")
        asked_for_password(self.begin())


class Story:
    def __init__(self, beside, client_id):
        self.beside = beside
        self.client_id = client_id
        self.ada = self.device()
        self.got = None

    def device(self):
        return Device(self.beside, self.client_id)

    def sign_in(self):
        self.got = self.ada.sign_in(ADA)
        name = claims_of(self.got["id_token"])["name"]
        true("Ada" in name, f"name is {name!r}")

    def api_call(self):
        self.ada.works(self.got)
        equal(self.ada.again(self.got)["access_token"], self.got["access_token"], "the token of the second call")

    def silent_refresh(self):
        tokens = [self.got["access_token"]]
        for _ in range(2):  # the second time with the refresh token that came of the first
            # Tokens of one second are the same: nothing else in them says when they were issued.
            self.beside.move_clock("2s")
            tokens.append(self.ada.works(self.ada.again(self.got, fresh="yes"))["access_token"])
        equal(len(set(tokens)), 3, "different tokens")

    def edit_profile(self):
        page = self.ada.begin(PROFILE_EDIT)
        equal(page.fields, ["displayName", "givenName", "surname"], "fields: nobody is asked to sign in again")
        accepted(page.submit(displayName="Ada King", givenName="Ada", surname="King"), "the profile is refused")
        page.confirm()
        edited = self.ada.end()
        equal(claims_of(edited["id_token"])["name"], "Ada King", "name in the second policy's token")
        true(edited["account"] != self.got["account"], "one account for two policies")
        second = self.ada.works(self.ada.again(edited, PROFILE_EDIT, fresh="yes"))
        first = self.ada.works(self.ada.again(self.got, fresh="yes"))
        for got, policy in ((first, SIGN_IN), (second, PROFILE_EDIT)):
            equal(claims_of(got["access_token"])["acr"], policy.lower(), "policy of the access token")

    def password_reset(self):
        grace = self.device()
        asked_for_password(grace.begin()).forgot_password()
        try:
            grace.end()
        except Refused as refused:
            true("AADB2C90118" in refused.text, f"MSAL says {refused}")
        else:
            raise AssertionError("MSAL was told of no forgotten password")
        grace.visitor.reset_password(grace.begin(PASSWORD_RESET), GRACE[0], NEW_PASSWORD)
        grace.works(grace.end())
        self.device().sign_in((GRACE[0], NEW_PASSWORD))

    def refresh_revoked(self):
        edith = self.beside.add_person("edith")
        device = self.device()
        got = device.sign_in(edith)
        device.works(device.again(got, fresh="yes"))
        self.beside.revoke(edith)
        device.needs_the_person(got)
        device.works(self.device().sign_in(edith))

    def sign_out(self):
        self.ada.again(self.got, remove="yes")
        b2c.sign_out(self.ada.visitor.browser, self.beside.metadata()["end_session_endpoint"])
        try:
            self.ada.again(self.got)
        except Refused as refused:
            true("not in the cache" in refused.text, f"MSAL says {refused}")
        else:
            raise AssertionError("the account is still in the cache")
        asked_for_password(self.ada.begin())

    def asks_after_sign_out_elsewhere(self):
        device = self.device()
        device.sign_in(ADA)
        device.visitor.sign_out_at_groceries()
        asked_for_password(device.begin())

    def refresh_expired(self):
        device = self.device()
        got = device.sign_in(ADA)
        self.beside.move_clock("91d")
        device.needs_the_person(got)
        device.works(self.device().sign_in(ADA))


def main():
    story, cases = Story(Beside(), sys.argv[1]), Cases()
    cases.run("sign-in", story.sign_in)
    cases.run("api-call", story.api_call)
    cases.run("silent-refresh", story.silent_refresh)
    cases.no("silent-frame", "an app on a device has no page that would open a frame")
    cases.run("edit-profile", story.edit_profile)
    cases.run("password-reset", story.password_reset)
    cases.run("refresh-revoked", story.refresh_revoked)
    cases.run("sign-out", story.sign_out)
    cases.no("sign-out-elsewhere", "an app on a device has no address for a notice, and sign-out leaves refresh tokens "
             "alone; its next sign-in asks for the password")
    cases.run("asks for the password after a sign-out elsewhere", story.asks_after_sign_out_elsewhere)
    # The last one: the clock does not go back.
    cases.run("refresh-expired", story.refresh_expired)
    cases.finish()


if __name__ == "__main__":
    main()
