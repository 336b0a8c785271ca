"""The cells of the matrix for a web app, whatever it is made with: one person's visits to it, seen from the browser.

The app answers, at its origin, in JSON:
  /me           who is signed in: `sub`, `name`
  /tasks        what the API says to an access token of the app's: `status`, `scp`, and `token`, by which two tokens differ
  /tasks/fresh  the same with a new access token, by the refresh token
  /profile      edits the profile with the second policy, and says who that is
  /accounts     a list: what `/tasks/fresh` says, for each account that the app has
  /sign-out     ends the session here and at the server, and comes back to a page that anybody may see
Whoever is not signed in, or whose refresh token is refused, is sent to sign in. Whoever forgot their password comes to
the reset policy, and back to the page that they wanted.
"""

from beside import told
from cases import Cases, equal, true
from demo import ADA, GRACE
from visitor import Visitor, accepted, asked_for_password

NEW_PASSWORD = "Compiler-1959"


class WebStory:
    """What differs between apps is said by those who inherit from it."""

    # Accounts after the profile was edited: one for each policy, unless the library has only one.
    accounts = 2
    # What the app calls Ada when it has refreshed its tokens after that.
    name_after_refresh = "Ada King"

    def __init__(self, beside):
        self.beside = beside
        self.demo = beside.demo
        self.home = beside.origin()
        self.ada = Visitor(self.demo)

    def me(self, visitor):
        return told(visitor.open(f"{self.home}/me"))

    def tasks(self, visitor, fresh=False):
        page = visitor.open(f"{self.home}/tasks" + ("/fresh" if fresh else ""))
        said = told(self.towards_sign_in(visitor, page))
        equal(said["status"], 200, f"status of the API, which says {said}")
        true("tasks.read" in said["scp"].split(), f"scp is {said['scp']!r}")
        return said

    def all_accounts(self, visitor):
        return told(visitor.open(f"{self.home}/accounts"))

    def new_visitor(self, person):
        """Somebody who has just signed in to the app."""
        visitor = Visitor(self.demo)
        told(visitor.sign_in(self.asked(visitor), person))
        return visitor

    def asked(self, visitor, path="/me"):
        return asked_for_password(self.towards_sign_in(visitor, visitor.open(f"{self.home}{path}")))

    def towards_sign_in(self, visitor, page):
        """From what the app shows to somebody whom it does not know to what follows, where that takes a click."""
        return page

    # --- The cells ---

    def sign_in(self):
        who = told(self.ada.sign_in(self.asked(self.ada), ADA))
        true("Ada" in who["name"], f"name is {who['name']!r}")
        equal(self.me(self.ada), who, "who is there at the next visit")

    def api_call(self):
        said = self.tasks(self.ada)
        equal(self.tasks(self.ada)["token"], said["token"], "the token of the second call")

    def silent_refresh(self):
        tokens = [self.tasks(self.ada)["token"]]
        for _ in range(2):  # the second time with the refresh token that came of the first
            # Tokens of one second are the same: nothing else in them says when they were issued.
            self.beside.move_clock("2s")
            tokens.append(self.tasks(self.ada, fresh=True)["token"])
        equal(len(set(tokens)), 3, f"different tokens among {tokens}")

    def edit_profile(self):
        page = self.ada.open(f"{self.home}/profile")
        equal(page.fields, ["displayName", "givenName", "surname"], "fields: nobody is asked to sign in again")
        accepted(page.submit(displayName="Ada King", givenName="Ada", surname="King"), "the profile is refused")
        self.profile_is_edited(page.confirm())
        accounts = self.all_accounts(self.ada)
        equal(len(accounts), self.accounts, f"accounts {accounts}")
        equal([one["status"] for one in accounts], [200] * self.accounts, f"what the API says, in {accounts},")
        equal(len({one["token"] for one in accounts}), self.accounts, f"different tokens in {accounts}")
        self.tasks(self.ada, fresh=True)
        if self.name_after_refresh:
            equal(self.me(self.ada)["name"], self.name_after_refresh, "name after a refresh")

    def profile_is_edited(self, page):
        """What the app shows after the second policy."""
        equal(told(page)["name"], "Ada King", "name in the second policy's token")

    def password_reset(self):
        grace = Visitor(self.demo)
        page = grace.onward(self.asked(grace).forgot_password())
        equal(page.fields, ["email"], f"fields of {page.answer.url}, where AADB2C90118 led")
        who = self.password_is_reset(grace, grace.reset_password(page, GRACE[0], NEW_PASSWORD))
        true("Grace" in who["name"], f"name is {who['name']!r}")
        self.new_visitor((GRACE[0], NEW_PASSWORD))
        old = self.asked(Visitor(self.demo)).submit(signInName=GRACE[0], password=GRACE[1])
        equal(old["status"], "400", "status with the old password")

    def password_is_reset(self, visitor, page):
        return told(page)

    def refresh_revoked(self):
        edith = self.beside.add_person("edith")
        visitor = self.new_visitor(edith)
        self.tasks(visitor, fresh=True)
        self.beside.revoke(edith)
        visitor.sign_in(self.asked(visitor, "/tasks/fresh"), edith)
        self.interaction_was_required()
        self.tasks(visitor, fresh=True)

    def interaction_was_required(self):
        """Looks at what the library said of the refresh token, where it says something."""

    def sign_out(self):
        back = self.ada.open(f"{self.home}/sign-out")
        true(back.answer.url.startswith(f"{self.home}/signed-out"), f"the sign-out leads to {back.answer.url}")
        self.asked(self.ada)

    def sign_out_elsewhere(self):
        visitor = self.new_visitor(ADA)
        self.tasks(visitor)
        notices = visitor.sign_out_at_groceries()
        mine = [url for url in notices if url.startswith(f"{self.home}/")]
        equal(len(mine), 1, f"notices for this app among {notices}")
        true("iss=" in mine[0] and "sid=" in mine[0], f"the notice is {mine[0]}")
        self.asked(visitor)

    def refresh_expired(self):
        visitor = self.new_visitor(ADA)
        self.tasks(visitor)
        self.beside.move_clock("91d")
        page = self.asked(visitor, "/tasks/fresh")
        self.interaction_was_required()
        self.after_ninety_days(visitor, page)

    def after_ninety_days(self, visitor, page):
        """Signing in works, for an app that does not mind tokens from the future: only the server's clock was moved."""
        visitor.sign_in(page, ADA)
        self.tasks(visitor, fresh=True)

    def more(self, cases):
        """Cases of one library alone."""

    def run(self):
        cases = Cases()
        cases.run("sign-in", self.sign_in)
        cases.run("api-call", self.api_call)
        cases.run("silent-refresh", self.silent_refresh)
        cases.no("silent-frame", "it runs on a server, which has no frames")
        cases.run("edit-profile", self.edit_profile)
        cases.run("password-reset", self.password_reset)
        cases.run("refresh-revoked", self.refresh_revoked)
        cases.run("sign-out", self.sign_out)
        cases.run("sign-out-elsewhere", self.sign_out_elsewhere)
        self.more(cases)
        # The last one: the clock does not go back.
        cases.run("refresh-expired", self.refresh_expired)
        cases.finish()
