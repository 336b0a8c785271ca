// A browser that knows B2C's pages, made of fetch and a cookie jar: as much of b2c.py as MSAL for Node needs.

import assert from "node:assert/strict";

export class Browser {
  #cookies = new Map();

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
  async open(url) {
    let at = new URL(url);
    for (let hops = 0; hops < 10; hops += 1) {
      const answer = await this.send(at);
      if (answer.status < 300 || answer.status >= 400) {
        const text = await answer.text();
        assert.equal(answer.status, 200, `${at} says ${answer.status}: ${text.slice(0, 400)}`);
        return new Page(this, at, text);
      }
      const to = new URL(answer.headers.get("location"), at);
      if (to.origin !== at.origin) return to;
      at = to;
    }
    throw new Error(`${url} redirects in circles`);
  }
}

export class Page {
  constructor(browser, url, text) {
    Object.assign(this, { browser, url, text });
    this.settings = variable(text, "SETTINGS");
    this.fields = variable(text, "SA_FIELDS")?.AttributeFields.map((field) => field.ID) ?? [];
  }

  get visit() {
    return `tx=${this.settings.transId}&p=${encodeURIComponent(this.settings.hosts.policy)}`;
  }

  async submit(fields) {
    const to = new URL(`${this.settings.hosts.tenant}/SelfAsserted?${this.visit}`, this.url);
    const answer = await this.browser.send(to, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-csrf-token": this.settings.csrf,
        "x-requested-with": "XMLHttpRequest",
        accept: "application/json, text/javascript, */*; q=0.01",
      },
      body: new URLSearchParams({ request_type: "RESPONSE", ...fields }).toString(),
    });
    const said = await answer.json();
    assert.equal(said.status, "200", `the form is refused: ${JSON.stringify(said)}`);
    const { api } = this.settings;
    const first = api === "CombinedSigninAndSignup" ? "rememberMe=false&" : "";
    const query = `${first}csrf_token=${encodeURIComponent(this.settings.csrf)}&${this.visit}`;
    return this.browser.open(new URL(`${this.settings.hosts.tenant}/api/${api}/confirmed?${query}`, this.url));
  }
}

/** Signs a person in where an app's request leads; returns the address that the app gets. */
export async function signIn(browser, url, person) {
  const page = await browser.open(url);
  return page instanceof URL ? page : page.submit({ signInName: person.name, password: person.password });
}

/** Ends the session; returns the address that the sign-out leads to, if any. */
export async function signOut(browser, url) {
  const page = await browser.open(url);
  if (page instanceof URL) return page.href;
  // Apps are being told in hidden frames; the page moves on by itself.
  return /data-continue-to="([^"]*)"/.exec(page.text)?.[1].replaceAll("&amp;", "&");
}

// The value of `var NAME = {…};`: it ends where its line ends.
function variable(text, name) {
  const found = new RegExp(`\\bvar ${name}\\s*=\\s*(.*?);\\s*$`, "m").exec(text);
  return found ? JSON.parse(found[1]) : undefined;
}
