"""The calls that B2C's pages make, in their order, by a client that knows only B2C (Python's standard library)."""

import hashlib
import json
import re
import time
import urllib.parse

import b2c
from b2c import Browser, Request, Returned, claims_of
from cases import Cases, equal, true
from demo import (
    ADA, GRACE, PASSWORD_RESET, PROFILE_EDIT, PUBLIC_CLIENT, SIGN_IN, TENANT, TENANT_ID, WEB_CLIENT, WEB_REDIRECT,
    WEB_SIGNED_OUT, Demo,
)

# AADB2Cnnnnn: text, correlation id, time; three lines that end in CR LF.
ERROR_TEXT = re.compile(
    r"AADB2C(?P<code>\d{5}): [^\r\n]+\r\nCorrelation ID: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\r\n"
    r"Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\r\n"
)
LOOPBACK = "http://localhost:43117/callback"

demo = Demo.running()
trust = demo.trust()
web_secret = demo.secret(WEB_CLIENT)


def person():
    return Browser(trust)


def public_request(policy=SIGN_IN, **parameters):
    """`parameters` are added to the query; they win over what stands there."""
    return Request(demo.authority(policy), PUBLIC_CLIENT, LOOPBACK, **parameters)


def web_request(policy=SIGN_IN, **parameters):
    return Request(demo.authority(policy), WEB_CLIENT, WEB_REDIRECT, **parameters)


def tokens(answer):
    equal(answer.status, 200, f"status of the token answer {answer.text[:300]}")
    return answer.json()


def refused(answer, error, code=None, status=400):
    """The form of an error of the token endpoint. Returns the AADB2C number."""
    equal(answer.status, status, f"status of {answer.text[:300]}")
    body = answer.json()
    equal(body["error"], error, f"error in {body}")
    return check_error_text(body["error_description"], code)


def check_error_text(text, code=None):
    form = ERROR_TEXT.fullmatch(text)
    true(form, f"the description does not have B2C's form: {text!r}")
    if code:
        equal(form["code"], code, f"number in {text!r}")
    return form["code"]


def metadata(browser, authority=None):
    answer = browser.get((authority or demo.authority()) + "/v2.0/.well-known/openid-configuration")
    equal(answer.status, 200, "status of the discovery document")
    return answer.json()


def health():
    equal(person().get(f"{demo.origin}/health/ready").status, 200, "/health/ready")


def discovery():
    browser = person()
    plain = metadata(browser)
    for endpoint in ("authorization_endpoint", "token_endpoint", "end_session_endpoint", "jwks_uri", "issuer"):
        true(plain[endpoint].startswith(demo.origin + "/"), f"{endpoint} is {plain[endpoint]}")
    true("RS256" in plain["id_token_signing_alg_values_supported"], "RS256 is not offered")
    low = SIGN_IN.lower()
    forms = [
        f"{TENANT}/{low}/v2.0/", f"{TENANT_ID}/{SIGN_IN}/v2.0/", f"{TENANT_ID.upper()}/{SIGN_IN}/v2.0/",
        f"tfp/{TENANT}/{SIGN_IN}/v2.0/", f"{TENANT}/{SIGN_IN}/", f"tfp/{TENANT}/{low}/",
        f"{TENANT}/{SIGN_IN}/v2.0/v2.0/", f"{TENANT}/{SIGN_IN}/v2.0//",
    ]
    keys = browser.get(plain["jwks_uri"]).json()
    addresses = [f"{demo.origin}/{form}.well-known/openid-configuration" for form in forms]
    addresses.append(f"{demo.origin}/{TENANT}/v2.0/.well-known/openid-configuration?x=1&p={SIGN_IN}&y=2")
    for address in addresses:
        answer = browser.get(address)
        equal(answer.status, 200, f"status of {address}")
        true(answer.headers.get("Access-Control-Allow-Origin"), f"{address} may not be read by other origins")
        document = answer.json()
        equal(document["issuer"], plain["issuer"], f"issuer of {address}")
        equal(browser.get(document["jwks_uri"]).json(), keys, f"keys of {address}")
    # MSAL replaces `/policy/` in lower case to get another policy's endpoints.
    for policy in (SIGN_IN, PROFILE_EDIT):
        endpoint = metadata(browser, demo.authority(policy.lower()))["authorization_endpoint"]
        true(f"/{policy.lower()}/" in endpoint, f"{endpoint} does not name {policy.lower()}")


def whole_sequence():
    browser, request = person(), public_request()
    page = browser.open(request.url)
    equal(page.api, "CombinedSigninAndSignup", "SETTINGS.api")
    true(page.settings["transId"].startswith("StateProperties="), "SETTINGS.transId")
    equal(page.settings["hosts"]["tenant"].lower(), f"/{TENANT}/{SIGN_IN}".lower(), "SETTINGS.hosts.tenant")
    wrong = page.submit(signInName=ADA[0], password="not-her-password-1")
    equal(wrong["status"], "400", "status after a wrong password")
    true(wrong["message"], "no message after a wrong password")
    stranger = page.submit(signInName="nobody@contoso.example", password="not-her-password-1")
    equal(stranger["status"], "400", "status for an unknown person")
    equal(stranger["message"], wrong["message"], "what a stranger is told")
    equal(page.submit(signInName=ADA[0], password=ADA[1])["status"], "200", "status after the right password")
    back = page.confirm()
    true(isinstance(back, Returned), "`confirmed` does not lead back to the app")
    true(back.location.startswith(LOOPBACK + "?"), f"the app is at {LOOPBACK}, not {back.location}")
    equal(back.parameters["state"], request.state, "state")
    got = tokens(request.redeem(browser, back.code))
    equal(got["token_type"], "Bearer", "token_type")
    for name in ("expires_in", "not_before", "expires_on", "refresh_token_expires_in"):
        true(isinstance(got[name], int), f"{name} is no number: {got.get(name)!r}")
    true(got["refresh_token"], "no refresh token")
    check_id_token(browser, got["id_token"], request)
    access = claims_of(got["access_token"])
    equal(access["aud"], PUBLIC_CLIENT, "aud of the access token")
    check_signature(browser, got["access_token"])


def check_id_token(browser, token, request):
    check_signature(browser, token)
    claims = claims_of(token)
    now = time.time()
    equal(claims["iss"], metadata(browser)["issuer"], "iss")
    equal(claims["aud"], PUBLIC_CLIENT, "aud")
    equal(claims["nonce"], request.nonce, "nonce")
    equal(claims["sub"], claims["oid"], "sub, which is the object id here,")
    equal(claims["tid"], TENANT_ID, "tid")
    equal(claims["email"], ADA[0], "email")
    equal(claims.get("tfp", claims.get("acr", "")).lower(), SIGN_IN.lower(), "tfp or acr")
    true("Ada" in claims["name"], f"name is {claims['name']!r}")
    true(claims["nbf"] <= now + 5 and claims["iat"] <= now + 5 < claims["exp"], f"times of {claims}")
    true(abs(claims["auth_time"] - now) < 60, f"auth_time is {claims['auth_time']}")


def check_signature(browser, token):
    """RS256 by hand: RFC 8017, section 8.2.2."""
    head, body, signature = token.split(".")
    header = json.loads(b2c.decode(head))
    equal(header["alg"], "RS256", "alg")
    keys = browser.get(metadata(browser)["jwks_uri"]).json()["keys"]
    key = next(key for key in keys if key["kid"] == header["kid"])
    n, e = (int.from_bytes(b2c.decode(key[part]), "big") for part in ("n", "e"))
    digest = hashlib.sha256(f"{head}.{body}".encode()).digest()
    wanted = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    size = (n.bit_length() + 7) // 8
    padded = b"\x00\x01" + b"\xff" * (size - len(wanted) - 3) + b"\x00" + wanted
    equal(pow(int.from_bytes(b2c.decode(signature), "big"), e, n).to_bytes(size, "big"), padded, "the signature")


def code_works_once():
    browser, request = person(), public_request()
    code = b2c.sign_in(browser, request.url, ADA).code
    tokens(request.redeem(browser, code))
    refused(request.redeem(browser, code), "invalid_grant")


def verifier_is_checked():
    browser, request = person(), public_request()
    code = b2c.sign_in(browser, request.url, ADA).code
    refused(request.redeem(browser, code, code_verifier="x" * 43), "invalid_grant", "90182")


def code_belongs_to_app_and_policy():
    browser, request = person(), public_request()
    code = b2c.sign_in(browser, request.url, ADA).code
    refused(request.redeem(browser, code, authority=demo.authority(PROFILE_EDIT)), "invalid_grant", "90088")
    code = browser.open(request.url).code
    answer = request.redeem(browser, code, client_id=WEB_CLIENT, client_secret=web_secret)
    true(answer.status == 400, f"another app redeems the code: {answer.text[:200]}")
    check_error_text(answer.json()["error_description"])


def secret_is_checked():
    browser, request = person(), web_request()
    code = b2c.sign_in(browser, request.url, ADA).code
    for secret, number in (("not-the-secret", "90081"), ("", "90079")):
        answer = request.redeem(browser, code, **({"client_secret": secret} if secret else {}))
        true(answer.status in (400, 401), f"status {answer.status} for a wrong secret")
        check_error_text(answer.json()["error_description"], number)
    tokens(request.redeem(browser, browser.open(request.url).code, client_secret=web_secret))


def unknown_grant():
    # No app of the demo has a single-page address, so no origin may read the answer.
    headers = {"Origin": "https://app.example"}
    answer = person().post(demo.authority() + "/oauth2/v2.0/token", {"grant_type": "none"}, headers)
    refused(answer, "unsupported_grant_type", "90086")
    equal(answer.headers.get("Access-Control-Allow-Origin"), None, "Access-Control-Allow-Origin for a foreign origin")


def refreshes():
    browser, request = person(), public_request()
    first = tokens(request.redeem(browser, b2c.sign_in(browser, request.url, ADA).code))
    second = tokens(request.refresh(browser, first["refresh_token"]))
    true(second["refresh_token"] != first["refresh_token"], "the refresh token was not replaced")
    equal(claims_of(second["id_token"])["sub"], claims_of(first["id_token"])["sub"], "sub after a refresh")
    third = tokens(request.refresh(browser, second["refresh_token"]))
    refused(request.refresh(browser, third["refresh_token"], demo.authority(PROFILE_EDIT)), "invalid_grant", "90088")
    refused(request.refresh(browser, "not-a-refresh-token"), "invalid_grant")


def single_sign_on_and_out():
    browser, request = person(), web_request()
    first = tokens(request.redeem(browser, b2c.sign_in(browser, request.url, ADA).code, client_secret=web_secret))
    # Another app, and nobody is asked.
    other = public_request()
    got = tokens(other.redeem(browser, browser.open(other.url).code))
    equal(claims_of(got["id_token"])["sub"], claims_of(first["id_token"])["sub"], "sub at the other app")
    silent = public_request(prompt="none")
    true(browser.open(silent.url).code, "prompt=none with a session")
    true(not isinstance(browser.open(public_request(prompt="login").url), Returned), "prompt=login does not ask")
    # The session goes on: whoever only looks at the page of prompt=login has not signed out.
    out = metadata(browser)["end_session_endpoint"] + "?" + urllib.parse.urlencode(
        {"post_logout_redirect_uri": WEB_SIGNED_OUT, "state": "a b&c"})
    signed_out_to(b2c.sign_out(browser, out), "a b&c")
    silent = public_request(prompt="none")
    nobody = browser.open(silent.url)
    equal(nobody.parameters["error"], "interaction_required", f"answer to prompt=none, {nobody.parameters},")
    check_error_text(nobody.parameters["error_description"], "90077")
    equal(nobody.parameters["state"], silent.state, "state of the error")
    true(not isinstance(browser.open(public_request().url), Returned), "nobody is asked after the sign-out")


def signed_out_to(location, state):
    true(location, "the sign-out does not lead back to the app")
    parts = urllib.parse.urlsplit(location)
    equal(f"{parts.scheme}://{parts.netloc}{parts.path}", WEB_SIGNED_OUT, "where the sign-out leads")
    equal(dict(urllib.parse.parse_qsl(parts.query)), {"state": state}, "what the sign-out brings along")


def foreign_sign_out_address():
    browser, request = person(), web_request()
    b2c.sign_in(browser, request.url, ADA)
    out = demo.authority() + "/oauth2/v2.0/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F"
    answer = browser.get(out)
    for _ in range(5):
        if answer.status not in (301, 302, 303):
            break
        true(answer.location.startswith(demo.origin + "/"), f"the sign-out leads to {answer.location}")
        answer = browser.get(answer.location)
    true("data-continue-to=\"https://evil" not in answer.text, "the page leads to a foreign address")


def signs_up():
    browser, request = person(), public_request()
    address, password = "linus@contoso.example", "Penguin-1991"
    page = browser.open(request.url).sign_up()
    equal(page.api, "SelfAsserted", "SETTINGS.api of the sign-up page")
    equal(page.fields, ["email", "newPassword", "reenterPassword", "displayName", "givenName", "surname"], "SA_FIELDS")
    form = {"email": address, "newPassword": password, "reenterPassword": password, "displayName": "Linus T.",
            "givenName": "Linus", "surname": ""}
    equal(page.submit(**form)["status"], "400", "status with an address that was not verified")
    equal(page.ask_for_code("email", address)["status"], "200", "status of sending a code")
    code = demo.code(address)
    wrong = "000000" if code != "000000" else "111111"
    equal(page.enter_code("email", address, wrong)["status"], "400", "status of a wrong code")
    equal(page.enter_code("email", address, code)["status"], "200", "status of the right code")
    equal(page.submit(**form | {"email": "other@contoso.example"})["status"], "400", "status of another address")
    equal(page.submit(**form | {"newPassword": "simple", "reenterPassword": "simple"})["status"], "400",
          "status of a weak password")
    equal(page.submit(**form)["status"], "200", "status of the whole form")
    equal(page.submit(**form)["status"], "200", "status of the same form again")
    claims = claims_of(tokens(request.redeem(browser, page.confirm().code))["id_token"])
    equal((claims["name"], claims["given_name"], claims["email"]), ("Linus T.", "Linus", address), "the token's names")
    equal(claims["newUser"], True, "newUser")
    again = public_request()
    browser = person()
    code = b2c.sign_in(browser, again.url, (address, password)).code
    claims_again = claims_of(tokens(again.redeem(browser, code))["id_token"])
    equal(claims_again["sub"], claims["sub"], "sub at the next sign-in")
    true("newUser" not in claims_again, "newUser at the next sign-in")


def address_is_taken():
    browser = person()
    page = browser.open(public_request().url).sign_up()
    before = len(demo.mails(GRACE[0]))
    page.ask_for_code("email", GRACE[0])
    page.enter_code("email", GRACE[0], demo.code(GRACE[0], before))
    answer = page.submit(email=GRACE[0], newPassword="Another-1952", reenterPassword="Another-1952",
                         displayName="Grace", givenName="", surname="")
    equal(answer["status"], "400", "status where the address has an account")
    true(answer["message"], "no message where the address has an account")
    b2c.sign_in(person(), public_request().url, GRACE).code


def leaves():
    ways = ((lambda page: page.sign_up().cancel(), "90091"), (lambda page: page.forgot_password(), "90118"))
    for leave, number in ways:
        request = public_request()
        back = leave(person().open(request.url))
        equal(back.parameters["error"], "access_denied", "error")
        equal(back.parameters["state"], request.state, "state")
        check_error_text(back.parameters["error_description"], number)


def resets_password():
    browser, request = person(), public_request(PASSWORD_RESET)
    page = browser.open(request.url)
    before = len(demo.mails(GRACE[0]))
    equal(page.ask_for_code("email", GRACE[0])["status"], "200", "status of sending a code")
    equal(page.enter_code("email", GRACE[0], demo.code(GRACE[0], before))["status"], "200", "status of the code")
    equal(page.submit(email=GRACE[0])["status"], "200", "status of the first page")
    page = page.confirm()
    equal(page.fields, ["newPassword", "reenterPassword"], "SA_FIELDS of the second page")
    chosen = page.submit(newPassword="Compiler-1959", reenterPassword="Compiler-1959")
    equal(chosen["status"], "200", "status of the second page")
    claims = claims_of(tokens(request.redeem(browser, page.confirm().code))["id_token"])
    equal(claims["email"], GRACE[0], "email")
    old = person().open(public_request().url)
    equal(old.submit(signInName=GRACE[0], password=GRACE[1])["status"], "400", "status with the old password")
    b2c.sign_in(person(), public_request().url, (GRACE[0], "Compiler-1959")).code


def unknown_return_address():
    nobody = "9a1c0e5e-0000-0000-0000-000000000000"
    for changes in ({"redirect_uri": "https://evil.example/callback"}, {"client_id": nobody}):
        answer = person().get(public_request(**changes).url)
        true(answer.status not in (301, 302, 303, 307), f"a redirect to {answer.location}")
        true(answer.status >= 400, f"status {answer.status}")
        true("AADB2C" in answer.text, "the error page does not name the error")


def forged_posts():
    browser = person()
    page = browser.open(public_request().url)
    form = {"request_type": "RESPONSE", "signInName": ADA[0], "password": ADA[1]}
    for csrf in ("", "x" * 40):
        answer = page.post(form, csrf=csrf)
        true(answer.status >= 400 or answer.json()["status"] != "200", "a post without the page's token is accepted")
    other = person().open(public_request().url)
    answer = other.browser.post(page.address(f"/SelfAsserted?{page.visit}"), form, {
        "X-CSRF-TOKEN": other.settings["csrf"], "X-Requested-With": "XMLHttpRequest"})
    true(answer.status >= 400 or answer.json()["status"] != "200", "another browser's visit can be continued")


def without_script():
    browser, request = person(), public_request()
    page = browser.open(request.url)
    form = {"request_type": "RESPONSE", "csrf_token": page.settings["csrf"], "signInName": ADA[0]}
    form["password"] = "not-her-password-1"
    answer = browser.post(page.address(f"/SelfAsserted?{page.visit}"), form)
    equal(answer.status, 303, "status of a plain post with a wrong password")
    page = browser.follow(answer)
    true('id="pageMessage" role="alert" tabindex="-1" aria-hidden="false"' in page.answer.text, "the page says nothing")
    form |= {"csrf_token": page.settings["csrf"], "password": ADA[1]}
    answer = browser.post(page.address(f"/SelfAsserted?{page.visit}"), form)
    equal(answer.status, 303, "status of a plain post with the right password")
    tokens(request.redeem(browser, browser.follow(answer).code))


def clock_has_no_door():
    address = f"{demo.origin}/dev/clock"
    for answer in (person().get(address), person().post(address, {"by": "1d"})):
        equal(answer.status, 404, "status of /dev/clock")
        true("only `zaguan demo --clock virtual`" in answer.text, f"it is not said who has a door: {answer.text}")
    equal(person().post(f"{demo.home}/clock", {"by": "1d"}).status, 404, "status of the home page's clock")


def main():
    cases = Cases()
    for name, body in (
        ("is healthy", health),
        ("answers every form of the discovery address alike", discovery),
        ("signs in: authorize, SelfAsserted, confirmed, token", whole_sequence),
        ("redeems a code once", code_works_once),
        ("checks the verifier (AADB2C90182)", verifier_is_checked),
        ("keeps a code to its app and its policy (AADB2C90088)", code_belongs_to_app_and_policy),
        ("checks the app's secret (AADB2C90079, AADB2C90081)", secret_is_checked),
        ("refuses an unknown grant, and tells no foreign origin (AADB2C90086)", unknown_grant),
        ("refreshes, and replaces the refresh token", refreshes),
        ("signs in once for two apps, and out of both (AADB2C90077)", single_sign_on_and_out),
        ("sends nobody to a foreign address after a sign-out", foreign_sign_out_address),
        ("signs up with a code from the mailbox", signs_up),
        ("refuses an address that has an account", address_is_taken),
        ("tells the app why somebody left (AADB2C90091, AADB2C90118)", leaves),
        ("resets a password", resets_password),
        ("shows an error page instead of trusting a return address", unknown_return_address),
        ("refuses forged posts", forged_posts),
        ("works with plain forms", without_script),
        ("has no door to its clock unless it was started with one", clock_has_no_door),
    ):
        cases.run(name, body)
    cases.finish()


if __name__ == "__main__":
    main()
