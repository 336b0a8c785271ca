"""A browser that knows nothing but Azure AD B2C: it reads `SETTINGS` out of a page and makes the calls that B2C's own
pages make. Standard library only."""

import base64
import copy
import hashlib
import html
import http.client
import http.cookiejar
import json
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request

LONGEST = 20


class Answer:
    """What came back for one request; redirects are not followed."""

    def __init__(self, url, status, headers, body):
        self.url = url
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    @property
    def location(self):
        to = self.headers.get("Location")
        return to and urllib.parse.urljoin(self.url, to)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """Cookies and connections of one person."""

    def __init__(self, trust):
        self.cookies = http.cookiejar.CookieJar()
        self._stops_nowhere = False
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=trust),
            urllib.request.HTTPCookieProcessor(self.cookies),
            _Stay(),
        )

    def everywhere(self):
        """The same cookies in a browser that stops nowhere: it follows redirects to other origins, posts what posts
        itself, and at a sign-out tells the apps and moves on. `open` and `follow` then always end at a `Page`, an app's
        or ours."""
        other = copy.copy(self)
        other._stops_nowhere = True
        return other

    def get(self, url, headers=None):
        return self._send(urllib.request.Request(url, headers=headers or {}))

    def post(self, url, form, headers=None):
        body = urllib.parse.urlencode(form).encode()
        given = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"} | (headers or {})
        return self._send(urllib.request.Request(url, data=body, headers=given))

    def _send(self, request):
        try:
            with self._opener.open(request, timeout=LONGEST) as answer:
                return Answer(request.full_url, answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            with answer:
                return Answer(request.full_url, answer.code, answer.headers, answer.read())

    def open(self, url):
        """Follows redirects of the same origin, to a `Page`, or to the address elsewhere that it ends at."""
        answer = self.get(url)
        return self.follow(answer)

    def follow(self, answer):
        for _ in range(20):
            if answer.status in (301, 302, 303, 307, 308):
                if _origin(answer.location) != _origin(answer.url) and not self._stops_nowhere:
                    return Returned(answer.location)
                answer = self.get(answer.location)
                continue
            if answer.status != 200:
                raise AssertionError(f"{answer.url} says {answer.status}: {_plain(answer.text)[:400]}")
            page = Page(self, answer)
            onward = self._stops_nowhere and page.onward()
            if not onward:
                return page
            answer = onward
        raise AssertionError(f"{answer.url} redirects in circles")


class Returned:
    """The app got its answer: an address of its own, with parameters."""

    def __init__(self, location):
        self.location = location
        parts = urllib.parse.urlsplit(location)
        self.parameters = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))

    @property
    def code(self):
        if "code" not in self.parameters:
            raise AssertionError(f"no code came back but {self.parameters}")
        return self.parameters["code"]


class Page:
    """A page of a journey, as its script sees it."""

    def __init__(self, browser, answer):
        self.browser = browser
        self.answer = answer
        self.settings = _variable(answer.text, "SETTINGS")
        self.fields = [field["ID"] for field in (_variable(answer.text, "SA_FIELDS") or {}).get("AttributeFields", [])]

    def onward(self):
        """What follows where the page moves on by itself, as it does in a browser with script."""
        form = re.search(r'<form id="auto" method="post" action="([^"]*)">', self.answer.text)
        if form:
            return self.browser.post(self.link(form.group(1)), self.hidden)
        for src in re.findall(r'<iframe [^>]*\bsrc="([^"]*)"', self.answer.text):
            self.browser.get(self.link(src))
        to = re.search(r'data-continue-to="([^"]*)"', self.answer.text)
        return self.browser.get(self.link(to.group(1))) if to else None

    def link(self, written):
        """The address that an attribute of the page names."""
        return urllib.parse.urljoin(self.answer.url, html.unescape(written))

    @property
    def hidden(self):
        """The names and values of hidden fields."""
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', self.answer.text)
        return {html.unescape(name): html.unescape(value) for name, value in found}

    @property
    def api(self):
        return self.journey_settings["api"]

    @property
    def journey_settings(self):
        if self.settings is None:
            raise AssertionError(f"{self.answer.url} is no page of a journey: {_plain(self.answer.text)[:400]}")
        return self.settings

    @property
    def visit(self):
        # `tx` goes out as it is written: `StateProperties=…`.
        settings = self.journey_settings
        return f"tx={settings['transId']}&p={urllib.parse.quote(settings['hosts']['policy'], safe='')}"

    def address(self, path):
        return urllib.parse.urljoin(self.answer.url, self.journey_settings["hosts"]["tenant"] + path)

    def post(self, form, csrf=None):
        """Posts to `SelfAsserted` as the page's script does; the answer is JSON with a status."""
        answer = self.browser.post(self.address(f"/SelfAsserted?{self.visit}"), form, {
            "X-CSRF-TOKEN": self.journey_settings["csrf"] if csrf is None else csrf,
            "X-Requested-With": "XMLHttpRequest",
            "Accept": "application/json, text/javascript, */*; q=0.01",
        })
        return answer

    def send(self, form):
        answer = self.post(form)
        if answer.status != 200:
            raise AssertionError(f"a post of {sorted(form)} is answered by {answer.status}: {answer.text[:400]}")
        return answer.json()

    def submit(self, **fields):
        return self.send({"request_type": "RESPONSE"} | fields)

    def ask_for_code(self, claim, address):
        return self.send({"request_type": "VERIFICATION_REQUEST", "claim_id": claim, "claim_value": address})

    def enter_code(self, claim, address, code):
        return self.send({
            "request_type": "VALIDATION_REQUEST", "claim_id": claim, "claim_value": address, "user_input": code,
        })

    def call(self, path, **query):
        """The address of a navigation of this page, with its token and its visit."""
        first = "".join(f"{name}={urllib.parse.quote(value)}&" for name, value in query.items())
        csrf = urllib.parse.quote(self.journey_settings["csrf"], safe="")
        return self.address(f"/api/{path}?{first}csrf_token={csrf}&{self.visit}")

    def confirm(self, remember=False):
        """Moves on: to the next `Page`, or back to the app."""
        if self.api == "CombinedSigninAndSignup":
            url = self.call("CombinedSigninAndSignup/confirmed", rememberMe="true" if remember else "false")
        else:
            url = self.call(f"{self.api}/confirmed")
        return self.browser.open(url)

    def sign_up(self):
        return self.browser.open(self.call("CombinedSigninAndSignup/unified", local="signup"))

    def forgot_password(self):
        return self.browser.open(self.call("CombinedSigninAndSignup/forgotPassword"))

    def cancel(self):
        """Follows the page's own link: B2C does not say what it looks like."""
        link = re.search(r'<a[^>]*\bid="cancel"[^>]*>', self.answer.text)
        if not link:
            raise AssertionError(f"{self.answer.url} has no link to cancel")
        return self.browser.open(self.link(re.search(r'href="([^"]*)"', link.group()).group(1)))


class Request:
    """An app's request to sign somebody in, with what the app has to remember until the answer comes."""

    def __init__(self, authority, client_id, redirect_uri, /, **parameters):
        self.authority = authority
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.scope = f"openid offline_access {client_id}"
        self.verifier = secrets.token_urlsafe(32)
        self.state = secrets.token_urlsafe(16)
        self.nonce = secrets.token_urlsafe(16)
        self.parameters = parameters

    @property
    def url(self):
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        return self.authority + "/oauth2/v2.0/authorize?" + urllib.parse.urlencode({
            "client_id": self.client_id, "redirect_uri": self.redirect_uri, "response_type": "code",
            "response_mode": "query", "scope": self.scope, "state": self.state, "nonce": self.nonce,
            "code_challenge": challenge, "code_challenge_method": "S256",
        } | self.parameters)

    def redeem(self, browser, code, authority=None, **changes):
        return browser.post((authority or self.authority) + "/oauth2/v2.0/token", {
            "grant_type": "authorization_code", "client_id": self.client_id, "redirect_uri": self.redirect_uri,
            "code": code, "code_verifier": self.verifier, "scope": self.scope,
        } | changes)

    def refresh(self, browser, token, authority=None):
        return browser.post((authority or self.authority) + "/oauth2/v2.0/token", {
            "grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": token, "scope": self.scope,
        })


def sign_in(browser, url, person, remember=False):
    """Signs a person in on the page that an app's request leads to. Returns what the app gets, or shows."""
    page = browser.open(url)
    if isinstance(page, Returned) or page.settings is None:
        return page
    name, password = person
    answer = page.submit(signInName=name, password=password)
    if answer["status"] != "200":
        raise AssertionError(f"{name} cannot sign in: {answer}")
    return page.confirm(remember)


def sign_up(browser, page, mailbox, address, password, name):
    """Fills in the sign-up page. `mailbox` finds the code that was sent to an address. Returns what follows."""
    for answer in (
        page.ask_for_code("email", address),
        page.enter_code("email", address, mailbox(address)),
        page.submit(email=address, newPassword=password, reenterPassword=password, displayName=name, givenName="",
                    surname=""),
    ):
        if answer["status"] != "200":
            raise AssertionError(f"{address} cannot sign up: {answer}")
    return page.confirm()


def reset_password(page, mailbox, address, password):
    """From the first page of a password reset on. `mailbox` finds the code that was sent to an address. Returns what
    follows."""
    for answer in (
        page.ask_for_code("email", address),
        page.enter_code("email", address, mailbox(address)),
        page.submit(email=address),
    ):
        if answer["status"] != "200":
            raise AssertionError(f"{address} cannot reset the password: {answer}")
    second = page.confirm()
    answer = second.submit(newPassword=password, reenterPassword=password)
    if answer["status"] != "200":
        raise AssertionError(f"{address} cannot choose a password: {answer}")
    return second.confirm()


def sign_out_at(browser, shop):
    """Signs out in one of the demo's apps, as the person who is signed in at the server: all apps are told."""
    inside = browser.everywhere()
    # Whoever is signed in at the server already is asked nothing.
    page = inside.open(f"{shop}/sign-in?return_to=%2F")
    form = re.search(r'<form method="post" action="([^"]*)">', page.answer.text)
    if not form:
        raise AssertionError(f"{shop} offers no sign-out: {page.answer.url}")
    return inside.follow(inside.post(page.link(form.group(1)), page.hidden))


def sign_out(browser, url):
    """Ends the session. Returns the address that the sign-out leads to, `None` where it ends at our own page."""
    answer = browser.get(url)
    for _ in range(10):
        if answer.status not in (301, 302, 303, 307):
            break
        if _origin(answer.location) != _origin(answer.url):
            return answer.location
        answer = browser.get(answer.location)
    if answer.status != 200:
        raise AssertionError(f"the sign-out is answered by {answer.status}: {_plain(answer.text)[:400]}")
    # Apps are being told in hidden frames; the page moves on by itself.
    onward = re.search(r'data-continue-to="([^"]*)"', answer.text)
    return html.unescape(onward.group(1)) if onward else None


def claims_of(token):
    """The claims of a token, unverified."""
    return json.loads(decode(token.split(".")[1]))


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _variable(text, name):
    found = re.search(rf"\bvar {name}\s*=\s*", text)
    return json.JSONDecoder().raw_decode(text, found.end())[0] if found else None


def _origin(url):
    parts = urllib.parse.urlsplit(url)
    return (parts.scheme, parts.netloc)


def _plain(text):
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text, flags=re.S)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))).strip()


# What a request raises when the server goes away in the middle of it.
GONE = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
