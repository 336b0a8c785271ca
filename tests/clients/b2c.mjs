// A browser that knows B2C's pages, made of fetch and a cookie jar: as much of b2c.py as clients in Node need.

import assert from "node:assert/strict";

export class Browser {
  #cookies;
  #everywhere;

  constructor(cookies = new Map(), everywhere = false) {
    this.#cookies = cookies;
    this.#everywhere = everywhere;
  }

  /** The same cookies in a browser that stops nowhere: it follows redirects to other origins, posts what posts itself,
   * and at a sign-out tells the apps and moves on. `open` then always ends at a Page, an app's or ours. */
  everywhere() {
    return new Browser(this.#cookies, true);
  }

  async send(url, options = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...options.headers, ...(cookie && { cookie }) };
    const answer = await fetch(url, { ...options, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(";").map((part) => part.trim());
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      const isPast = (one) => /^expires=/i.test(one) && Date.parse(one.slice("expires=".length)) < Date.now();
      const ends = attributes.some((one) => /^max-age=(0|-)/i.test(one) || isPast(one));
      if (ends) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  /** Follows redirects of the same origin. Returns a Page, or the address elsewhere (a URL). */
  async open(url, options = {}) {
    let at = new URL(url);
    for (let hops = 0; hops < 20; hops += 1) {
      const answer = await this.send(at, options);
      if (answer.status >= 300 && answer.status < 400) {
        const to = new URL(answer.headers.get("location"), at);
        if (to.origin !== at.origin && !this.#everywhere) return to;
        at = to;
        if (answer.status !== 307 && answer.status !== 308) options = {};
        continue;
      }
      const text = await answer.text();
      assert.equal(answer.status, 200, `${at} says ${answer.status}: ${text.slice(0, 400)}`);
      const page = new Page(this, at, text);
      const onward = this.#everywhere ? await page.onward() : undefined;
      if (!onward) return page;
      [at, options] = onward;
    }
    throw new Error(`${url} redirects in circles`);
  }
}

/** The options of a form's post. */
export const posted = (fields) => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" },
  body: new URLSearchParams(fields).toString(),
});

export class Page {
  constructor(browser, url, text) {
    Object.assign(this, { browser, url, text });
    this.settings = variable(text, "SETTINGS");
    this.fields = variable(text, "SA_FIELDS")?.AttributeFields.map((field) => field.ID) ?? [];
  }

  get visit() {
    return `tx=${this.settings.transId}&p=${encodeURIComponent(this.settings.hosts.policy)}`;
  }

  /** Where the page goes by itself, with the options of the request: what a browser with script would do. */
  async onward() {
    const form = /<form id="auto" method="post" action="([^"]*)">/.exec(this.text);
    if (form) return [new URL(plain(form[1]), this.url), posted(this.hidden)];
    for (const [, src] of this.text.matchAll(/<iframe [^>]*\bsrc="([^"]*)"/g)) {
      await this.browser.send(new URL(plain(src), this.url));
    }
    const to = this.continueTo;
    return to && [new URL(to, this.url), {}];
  }

  /** Where a page at the end of a sign-out leads to, if anywhere. */
  get continueTo() {
    return plain(/data-continue-to="([^"]*)"/.exec(this.text)?.[1]);
  }

  /** The names and values of hidden fields. */
  get hidden() {
    const found = this.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
    return Object.fromEntries([...found].map(([, name, value]) => [plain(name), plain(value)]));
  }

  /** Posts to `SelfAsserted` as the page's script does. */
  async post(fields) {
    const to = new URL(`${this.settings.hosts.tenant}/SelfAsserted?${this.visit}`, this.url);
    const options = posted(fields);
    const answer = await this.browser.send(to, {
      ...options,
      headers: {
        ...options.headers,
        "x-csrf-token": this.settings.csrf,
        "x-requested-with": "XMLHttpRequest",
        accept: "application/json, text/javascript, */*; q=0.01",
      },
    });
    const said = await answer.json();
    assert.equal(said.status, "200", `the form is refused: ${JSON.stringify(said)}`);
  }

  /** Opens the address of a navigation of this page. */
  call(path, first = "") {
    const query = `${first}csrf_token=${encodeURIComponent(this.settings.csrf)}&${this.visit}`;
    return this.browser.open(new URL(`${this.settings.hosts.tenant}/api/${path}?${query}`, this.url));
  }

  confirm() {
    const { api } = this.settings;
    return this.call(`${api}/confirmed`, api === "CombinedSigninAndSignup" ? "rememberMe=false&" : "");
  }

  async submit(fields) {
    await this.post({ request_type: "RESPONSE", ...fields });
    return this.confirm();
  }

  forgotPassword() {
    return this.call("CombinedSigninAndSignup/forgotPassword");
  }
}

/** Signs a person in where an app's request leads; returns what follows: the address that the app gets, or its page. */
export async function signIn(browser, url, person) {
  const page = await browser.open(url);
  return page.settings ? page.submit({ signInName: person.name, password: person.password }) : page;
}

/** Ends the session; returns the address that the sign-out leads to, if any. */
export async function signOut(browser, url) {
  const page = await browser.open(url);
  // Apps are being told in hidden frames; the page moves on by itself.
  return page instanceof URL ? page.href : page.continueTo;
}

/** From the first page of a password reset on. `mailedCode` finds the code that was sent. Returns what follows. */
export async function resetPassword(page, address, password, mailedCode) {
  await page.post({ request_type: "VERIFICATION_REQUEST", claim_id: "email", claim_value: address });
  const code = await mailedCode();
  await page.post({ request_type: "VALIDATION_REQUEST", claim_id: "email", claim_value: address, user_input: code });
  const second = await page.submit({ email: address });
  return second.submit({ newPassword: password, reenterPassword: password });
}

/** Signs out in one of the demo's apps, as the person who is signed in at the server: all apps are told. */
export async function signOutAt(browser, shop) {
  const inside = browser.everywhere();
  // Whoever is signed in at the server already is asked nothing.
  const page = await inside.open(`${shop}/sign-in?return_to=%2F`);
  const form = /<form method="post" action="([^"]*)">/.exec(page.text);
  assert.ok(form, `${shop} offers no sign-out: ${page.url}`);
  return inside.open(new URL(plain(form[1]), page.url), posted(page.hidden));
}

// Text of an attribute.
function plain(text) {
  const named = { amp: "&", lt: "<", gt: ">", quot: '"' };
  const meant = (all, number, name) => (number ? String.fromCodePoint(number) : named[name] ?? all);
  return text?.replace(/&(?:#(\d+)|(\w+));/g, meant);
}

// The value of `var NAME = {…};`: it ends where its line ends.
function variable(text, name) {
  const found = new RegExp(`\\bvar ${name}\\s*=\\s*(.*?);\\s*$`, "m").exec(text);
  return found ? JSON.parse(found[1]) : undefined;
}
