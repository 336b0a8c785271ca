"""A person who goes from app to app with one browser, and remembers where it has been."""

import html
import re

from b2c import Browser, reset_password, sign_out_at

# How a page that has no script sends a browser on.
REFRESH = re.compile(r"""<meta http-equiv=(['"])refresh\1 content=(['"])\d+; ?(?:url=)?(.*?)\2""", re.IGNORECASE)


class Remembering(Browser):
    """A browser with a history."""

    def __init__(self, trust):
        super().__init__(trust)
        self.history = []

    def get(self, url, headers=None):
        self.history.append(url)
        # Apps tell a person's visit from a script's by it.
        return super().get(url, {"Accept": "text/html,*/*;q=0.8"} | (headers or {}))


class Visitor:
    """One person with one browser, which stops nowhere."""

    def __init__(self, demo):
        self.demo = demo
        self.browser = Remembering(demo.trust()).everywhere()

    def open(self, url):
        """The page that an address leads to: one of a journey, or an app's."""
        return self.onward(self.browser.open(url))

    def onward(self, page):
        """Where a page leads by itself without script."""
        refresh = REFRESH.search(page.answer.text)
        if refresh and page.settings is None:
            return self.open(page.link(html.unescape(refresh.group(3))))
        return page

    def sign_in(self, page, person):
        """Fills in the sign-in page. Returns what follows."""
        asked_for_password(page)
        name, password = person
        accepted(page.submit(signInName=name, password=password), f"{name} cannot sign in")
        return page.confirm()

    def reset_password(self, page, address, password):
        """Goes through the reset policy, with the code from the mailbox. Returns what follows."""
        before = len(self.demo.mails(address))
        return reset_password(page, lambda to: self.demo.code(to, before), address, password)

    def sign_out_at_groceries(self):
        """Signs out in another app. Returns the notices that its sign-out page loaded in frames."""
        before = len(self.browser.history)
        sign_out_at(self.browser, self.demo.groceries)
        return [url for url in self.browser.history[before:] if "/front-channel" in url or "logout=" in url]


def asked_for_password(page):
    """The page, where it is the one to sign in on."""
    if page.settings is None:
        raise AssertionError(f"nobody is asked to sign in: {page.answer.url} says {page.answer.text[:600]}")
    if page.api != "CombinedSigninAndSignup":
        raise AssertionError(f"{page.answer.url} is no sign-in page but {page.api}")
    return page


def accepted(answer, what):
    if answer["status"] != "200":
        raise AssertionError(f"{what}: {answer}")
