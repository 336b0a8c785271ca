// MSAL for Node against the demo: a web app of which only the authority is ours.

import assert from "node:assert/strict";
import { Browser, signIn, signOut } from "./b2c.mjs";
import { Cases } from "./cases.mjs";
import * as demo from "./demo.mjs";

const { ConfidentialClientApplication, CryptoProvider, version } = demo.load("@azure/msal-node");

const clientSecret = demo.secret(demo.webClient.id);
// The app's own API: B2C takes the bare client id as its scope.
const scopes = [demo.webClient.id];
const redirectUri = demo.webClient.redirect;
const random = new CryptoProvider();

const application = (changes = {}) =>
  new ConfidentialClientApplication({
    auth: {
      clientId: demo.webClient.id,
      clientSecret,
      authority: demo.authority(demo.signIn),
      knownAuthorities: [new URL(demo.origin).host],
      ...changes,
    },
  });

const app = application();
const browser = new Browser();
const story = {};

/** What an app remembers of a request until the answer comes. */
async function request(changes = {}) {
  const { verifier, challenge } = await random.generatePkceCodes();
  const nonce = random.createNewGuid();
  const state = random.createNewGuid();
  const ask = { scopes, redirectUri, nonce, state, codeChallenge: challenge, codeChallengeMethod: "S256", ...changes };
  const redeem = (back, by = app) => {
    assert.equal(back.searchParams.get("state"), state, `state in ${back}`);
    const code = back.searchParams.get("code");
    assert.ok(code, `no code came back: ${back}`);
    const client_info = back.searchParams.get("client_info") ?? undefined;
    // Since version 7 the nonce belongs to the request.
    const given = { scopes, redirectUri, code, codeVerifier: verifier, nonce, state };
    if (changes.authority) given.authority = changes.authority;
    return by.acquireTokenByCode(given, { code, state, client_info });
  };
  return { ask, nonce, redeem, url: (by = app) => by.getAuthCodeUrl(ask) };
}

async function signsIn() {
  const one = await request();
  const back = await signIn(browser, await one.url(), demo.ada);
  assert.ok(back instanceof URL, "the sign-in does not lead back to the app");
  story.first = await one.redeem(back);
  assert.match(story.first.account.name, /Ada/);
  assert.equal(story.first.idTokenClaims.nonce, one.nonce);
  const home = `${story.first.uniqueId}-${demo.signIn}.${demo.tenantId}`;
  assert.equal(story.first.account.homeAccountId.toLowerCase(), home.toLowerCase());
  assert.equal(claims(story.first.accessToken).aud, demo.webClient.id);
}

async function codeWorksOnce() {
  const one = await request();
  const back = await browser.open(await one.url());
  await one.redeem(back, application());
  await assert.rejects(one.redeem(back, application()), (error) => {
    assert.equal(error.errorCode, "invalid_grant");
    assert.match(error.errorMessage, /AADB2C\d{5}/);
    return true;
  });
}

async function staysSignedIn() {
  const { account } = story.first;
  const cached = await app.acquireTokenSilent({ scopes, account });
  assert.equal(cached.fromCache, true);
  assert.equal(cached.accessToken, story.first.accessToken);
  const fresh = await app.acquireTokenSilent({ scopes, account, forceRefresh: true });
  assert.equal(fresh.fromCache, false);
  assert.equal(fresh.account.homeAccountId, account.homeAccountId);
  // The refresh token was replaced in the cache: a second refresh works, too.
  assert.equal((await app.acquireTokenSilent({ scopes, account, forceRefresh: true })).fromCache, false);
}

// MSAL keeps endpoints per host, and makes another policy's by replacing the policy's name in them.
async function editsTheProfile() {
  const one = await request({ authority: demo.authority(demo.profileEdit) });
  const url = await one.url();
  const asked = new URL(url).pathname.toLowerCase();
  assert.ok(asked.includes(`/${demo.profileEdit.toLowerCase()}/`), `the wrong policy: ${url}`);
  const page = await browser.open(url);
  assert.deepEqual(page.fields, ["displayName", "givenName", "surname"], "nobody is asked to sign in again");
  const back = await page.submit({ displayName: "Ada Byron", givenName: "Ada", surname: "Byron" });
  story.second = await one.redeem(back);
  assert.equal(story.second.account.name, "Ada Byron");
  assert.notEqual(story.second.account.homeAccountId, story.first.account.homeAccountId);
  assert.equal((await app.getTokenCache().getAllAccounts()).length, 2);
  const again = await request();
  const path = new URL(await again.url()).pathname.toLowerCase();
  assert.ok(path.includes(`/${demo.signIn.toLowerCase()}/`), `the wrong policy: ${path}`);
}

async function policiesStayApart() {
  for (const [account, policy] of [[story.first.account, demo.signIn], [story.second.account, demo.profileEdit]]) {
    const authority = demo.authority(policy);
    const fresh = await app.acquireTokenSilent({ scopes, account, authority, forceRefresh: true });
    assert.equal(fresh.account.homeAccountId, account.homeAccountId);
    assert.equal(fresh.account.name ?? fresh.idTokenClaims.name, "Ada Byron");
  }
  const mixed = app.acquireTokenSilent({
    scopes, account: story.first.account, authority: demo.authority(demo.profileEdit), forceRefresh: true,
  });
  await assert.rejects(mixed, (error) => {
    assert.equal(error.errorCode, "invalid_grant");
    assert.match(error.errorMessage, /AADB2C90088/);
    return true;
  });
}

async function signsOut() {
  const discovery = await fetch(`${demo.authority(demo.signIn)}/v2.0/.well-known/openid-configuration`);
  const out = new URL((await discovery.json()).end_session_endpoint);
  out.searchParams.set("post_logout_redirect_uri", demo.webClient.signedOut);
  assert.equal(await signOut(browser, out), demo.webClient.signedOut);
  const one = await request({ prompt: "none" });
  const back = await browser.open(await one.url());
  assert.ok(back instanceof URL, "prompt=none shows a page");
  assert.equal(back.searchParams.get("error"), "interaction_required");
  assert.match(back.searchParams.get("error_description"), /^AADB2C90077/);
  const cache = app.getTokenCache();
  for (const account of await cache.getAllAccounts()) await cache.removeAccount(account);
  assert.equal((await cache.getAllAccounts()).length, 0);
  await assert.rejects(app.acquireTokenSilent({ scopes, account: story.first.account }));
}

async function wrongSecret() {
  const wrong = application({ clientSecret: "not-the-secret" });
  const one = await request();
  const back = await signIn(new Browser(), await one.url(wrong), demo.ada);
  await assert.rejects(one.redeem(back, wrong), /AADB2C90081/);
}

const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

console.log(`  MSAL for Node ${version}, Node ${process.version}`);
const cases = new Cases();
await cases.run("signs in (acquireTokenByCode)", signsIn);
await cases.run("is told that a code works once", codeWorksOnce);
await cases.run("stays signed in (acquireTokenSilent, forceRefresh)", staysSignedIn);
await cases.run("edits the profile with a second policy of the same host", editsTheProfile);
await cases.run("keeps the tokens of two policies apart (AADB2C90088)", policiesStayApart);
await cases.run("signs out (end_session_endpoint, prompt=none)", signsOut);
await cases.run("is told that the secret is wrong (AADB2C90081)", wrongSecret);
cases.finish();
