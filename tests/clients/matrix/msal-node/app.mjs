// A web app as MSAL's samples for Node are, on an https server of its own: it keeps a session by cookie, the person's
// accounts in it, and the tokens in MSAL's cache.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

export const policies = {
  signIn: "B2C_1A_signup_signin",
  profile: "B2C_1A_ProfileEdit",
  reset: "B2C_1A_PasswordReset",
};
export const scopes = ["https://contoso.onmicrosoft.com/tasks/tasks.read"];

/** What only the host changes: an MSAL application and the authority of each policy. */
export function configure({ ConfidentialClientApplication }, host, clientId, clientSecret) {
  // configuration
  const authority = (policy) => `https://${host}/contoso.onmicrosoft.com/${policy}`;
  const client = new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret,
      authority: authority("B2C_1A_signup_signin"),
      knownAuthorities: [host], // with the port: "localhost:8443"
    },
  });
  // end of configuration
  return { client, authority };
}

export class App {
  #sessions = new Map();
  // Requests on their way, by state.
  #asked = new Map();
  /** What the front channel brought. */
  notices = [];
  /** What MSAL last said to no avail. */
  complaint;

  constructor(library, host, clientId, clientSecret) {
    Object.assign(this, configure(library, host, clientId, clientSecret));
    this.random = new library.CryptoProvider();
    this.origin = `https://localhost:${process.env.APP_PORT}`;
  }

  async listen() {
    const tls = { cert: readFileSync(process.env.APP_CERT), key: readFileSync(process.env.APP_KEY) };
    this.server = createServer(tls, async (request, answer) => {
      const url = new URL(request.url, this.origin);
      const [, cookie] = /\bapp-session=([\w-]+)/.exec(request.headers.cookie ?? "") ?? [];
      try {
        await this.#answer(url, this.#sessions.get(cookie), answer);
      } catch (error) {
        answer.writeHead(500).end(String(error.stack ?? error));
      }
    });
    await new Promise((done) => this.server.listen(Number(process.env.APP_PORT), "127.0.0.1", done));
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }

  #answer(url, session, answer) {
    const show = (value) => answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    const goTo = (to, headers = {}) => answer.writeHead(302, { location: to, ...headers }).end();
    const pages = {
      "/": () => show({ name: session?.result.account.name ?? null, accounts: Object.keys(session?.accounts ?? {}) }),
      "/sign-in": async () => goTo(await this.#ask(policies.signIn, session)),
      "/profile": async () => goTo(await this.#ask(policies.profile, session)),
      "/reset": async () => goTo(await this.#ask(policies.reset, session)),
      "/callback": () => this.#callback(url, session, goTo, show),
      "/tasks": () => this.#tasks(url, session, goTo, show),
      "/sign-out": () => this.#signOut(session, goTo),
      "/signed-out": () => show("signed out"),
      "/front-channel": () => this.#frontChannel(url, show),
    };
    return pages[url.pathname]?.() ?? answer.writeHead(404).end();
  }

  async #ask(policy, session) {
    const { verifier, challenge } = await this.random.generatePkceCodes();
    const [state, nonce] = [this.random.createNewGuid(), this.random.createNewGuid()];
    const request = { scopes, redirectUri: `${this.origin}/callback`, authority: this.authority(policy), state, nonce };
    this.#asked.set(state, { ...request, policy, session, codeVerifier: verifier });
    return this.client.getAuthCodeUrl({ ...request, codeChallenge: challenge, codeChallengeMethod: "S256" });
  }

  async #callback(url, _, goTo, show) {
    const given = Object.fromEntries(url.searchParams);
    const asked = this.#asked.get(given.state);
    if (!asked) throw new Error(`nobody asked for ${url}`);
    this.#asked.delete(given.state);
    if (given.error_description?.startsWith("AADB2C90118")) return goTo("/reset");
    if (given.error) return show(given);
    const { policy, session, ...request } = asked;
    // Since version 7 the nonce belongs to this request.
    const payload = { code: given.code, state: given.state, client_info: given.client_info };
    const result = await this.client.acquireTokenByCode({ ...request, code: given.code }, payload);
    const id = randomUUID();
    const { iss, sid } = result.idTokenClaims;
    this.#sessions.set(id, { id, iss, sid, result, accounts: { ...session?.accounts, [policy]: result.account } });
    return goTo("/", { "set-cookie": `app-session=${id}; Path=/; Secure; HttpOnly; SameSite=Lax` });
  }

  async #tasks(url, session, goTo, show) {
    if (!session) return goTo("/sign-in");
    const policy = url.searchParams.get("policy") ?? Object.keys(session.accounts)[0];
    const forceRefresh = url.searchParams.has("fresh");
    let result;
    try {
      const account = session.accounts[policy];
      const authority = this.authority(policy);
      result = await this.client.acquireTokenSilent({ scopes, account, authority, forceRefresh });
    } catch (error) {
      // Of a refused refresh token MSAL for Node says what the server said.
      if (error.errorCode !== "invalid_grant") throw error;
      this.complaint = error;
      return goTo("/sign-in");
    }
    const headers = { authorization: `Bearer ${result.accessToken}` };
    const answer = await fetch(`${process.env.API_URL}/tasks`, { headers });
    const { fromCache, accessToken: token, account: { homeAccountId, name } } = result;
    return show({ status: answer.status, told: await answer.json(), fromCache, homeAccountId, name, token });
  }

  async #forget(session) {
    this.#sessions.delete(session.id);
    for (const account of Object.values(session.accounts)) await this.client.getTokenCache().removeAccount(account);
  }

  async #signOut(session, goTo) {
    if (session) await this.#forget(session);
    // MSAL for Node has no sign-out of its own: its samples send the browser to the policy's address.
    const out = new URL(`${this.authority(policies.signIn)}/oauth2/v2.0/logout`);
    out.searchParams.set("post_logout_redirect_uri", `${this.origin}/signed-out`);
    goTo(out.href);
  }

  async #frontChannel(url, show) {
    const { iss, sid } = Object.fromEntries(url.searchParams);
    this.notices.push({ iss, sid });
    for (const session of [...this.#sessions.values()]) {
      if (session.iss === iss && session.sid === sid) await this.#forget(session);
    }
    show("told");
  }
}
