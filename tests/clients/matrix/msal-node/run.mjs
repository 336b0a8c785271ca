// MSAL for Node in a web app, as one client of the matrix. The package's name in target/clients/node is the argument.

import assert from "node:assert/strict";
import { Browser, resetPassword, signIn, signOutAt } from "../../b2c.mjs";
import { Cases } from "../../cases.mjs";
import * as demo from "../../demo.mjs";
import { App, policies, scopes } from "./app.mjs";

const [name, clientId] = process.argv.slice(2);
const library = demo.load(name);
const clientSecret = demo.secret(clientId);
const app = new App(library, new URL(demo.origin).host, clientId, clientSecret);
const redirectUri = `${app.origin}/callback`;
const story = { browser: new Browser().everywhere() };

const at = (path) => `${app.origin}${path}`;

/** What a page of the app shows; fails where the browser ended elsewhere. */
function shown(page) {
  assert.equal(page.url.origin, app.origin, `the browser is at ${page.url}`);
  return JSON.parse(page.text);
}

const asks = (page) => assert.ok(page.fields.includes("signInName"), `nobody is asked to sign in at ${page.url}`);

async function tasks(browser, query = "") {
  const said = shown(await browser.open(at(`/tasks?${query}`)));
  assert.equal(said.status, 200, `the API says ${JSON.stringify(said.told)}`);
  return said;
}

/** A person in a browser of their own, signed in to the app. */
async function signedIn(person) {
  const browser = new Browser().everywhere();
  shown(await signIn(browser, at("/sign-in"), person));
  return browser;
}

async function signsIn() {
  const { name: greeted } = shown(await signIn(story.browser, at("/sign-in"), demo.ada));
  assert.equal(greeted, "Ada Lovelace");
}

async function callsTheApi() {
  story.first = await tasks(story.browser);
  assert.equal(story.first.fromCache, true);
  const claims = JSON.parse(Buffer.from(story.first.token.split(".")[1], "base64url"));
  const home = `${claims.oid}-${policies.signIn}.${demo.tenantId}`;
  assert.equal(story.first.homeAccountId.toLowerCase(), home.toLowerCase());
  assert.equal(story.first.told.sub, claims.sub);
}

async function refreshes() {
  // The refresh token was replaced in the cache: a second refresh works, too.
  const seen = new Set([story.first.token]);
  for (const count of [2, 3]) {
    // Tokens of one second are alike to the letter.
    await demo.moveClock("10s");
    const said = await tasks(story.browser, "fresh");
    assert.equal(said.fromCache, false);
    assert.equal(said.homeAccountId, story.first.homeAccountId);
    assert.equal(seen.add(said.token).size, count, "the same access token came again");
  }
}

// MSAL keeps endpoints per host, and makes another policy's by replacing the policy's name in them.
async function editsTheProfile() {
  const page = await story.browser.open(at("/profile"));
  assert.deepEqual(page.fields, ["displayName", "givenName", "surname"], "nobody is asked to sign in again");
  const after = shown(await page.submit({ displayName: "Ada Byron", givenName: "Ada", surname: "Byron" }));
  assert.deepEqual(after, { name: "Ada Byron", accounts: [policies.signIn, policies.profile] });
  const homes = new Set();
  for (const policy of after.accounts) {
    const kept = await tasks(story.browser, `policy=${policy}`);
    assert.ok(kept.fromCache, `the token of ${policy} is gone`);
    const fresh = await tasks(story.browser, `policy=${policy}&fresh`);
    assert.equal(fresh.name, "Ada Byron");
    homes.add(fresh.homeAccountId);
  }
  assert.equal(homes.size, 2, "the accounts of two policies are one");
}

async function resetsThePassword() {
  const person = demo.newPerson("Joan");
  const browser = new Browser().everywhere();
  const before = await browser.open(at("/sign-in"));
  const first = await before.forgotPassword();
  assert.ok(first.fields.includes("email"), `the app does not lead to the reset: ${first.url}`);
  const password = "Joan-Changed-1942";
  const after = shown(await resetPassword(first, person.name, password, () => demo.mailedCode(person.name)));
  assert.equal(after.name, person.shown);
  await tasks(browser);
  await signedIn({ ...person, password });
}

async function isRevoked() {
  const person = demo.newPerson("Mavis");
  const browser = await signedIn(person);
  await tasks(browser, "fresh");
  demo.revoke(person);
  app.complaint = undefined;
  const page = await browser.open(at("/tasks?fresh"));
  asks(page);
  assert.match(app.complaint.errorMessage, /^.*AADB2C90129/);
  shown(await page.submit({ signInName: person.name, password: person.password }));
  await tasks(browser, "fresh");
}

async function signsOut() {
  const browser = await signedIn(demo.grace);
  assert.equal(shown(await browser.open(at("/sign-out"))), "signed out");
  assert.equal(shown(await browser.open(at("/"))).name, null);
  asks(await browser.open(at("/tasks")));
}

async function signsOutElsewhere() {
  const browser = await signedIn(demo.grace);
  await tasks(browser, "fresh");
  const told = app.notices.length;
  await signOutAt(browser, demo.groceries);
  assert.equal(app.notices.length, told + 1, "the app was not told");
  assert.equal(app.notices.at(-1).iss, `${demo.origin}/${demo.tenantId}/v2.0/`);
  assert.equal(shown(await browser.open(at("/"))).name, null, "the app still knows somebody");
  asks(await browser.open(at("/tasks?fresh")));
}

async function isTooLate() {
  const browser = await signedIn(demo.grace);
  await demo.moveClock("91d");
  app.complaint = undefined;
  const page = await browser.open(at("/tasks?fresh"));
  asks(page);
  assert.match(app.complaint.errorMessage, /AADB2C\d{5}/);
  shown(await page.submit({ signInName: demo.grace.name, password: demo.grace.password }));
  await tasks(browser, "fresh");
}

// --- Beyond the cells: the library alone ---

/** A request of another application of this library, and how it redeems what comes back. */
async function request(changes = {}) {
  const known = { authority: demo.authority(demo.signIn), knownAuthorities: [new URL(demo.origin).host] };
  const client = new library.ConfidentialClientApplication({ auth: { clientId, clientSecret, ...known, ...changes } });
  const { verifier, challenge } = await app.random.generatePkceCodes();
  const [state, nonce] = [app.random.createNewGuid(), app.random.createNewGuid()];
  const ask = { scopes, redirectUri, state, nonce };
  const url = await client.getAuthCodeUrl({ ...ask, codeChallenge: challenge, codeChallengeMethod: "S256" });
  const back = await signIn(new Browser(), url, demo.ada);
  const payload = Object.fromEntries(back.searchParams);
  const redemption = { ...ask, code: payload.code, codeVerifier: verifier };
  return { client, redeem: () => client.acquireTokenByCode(redemption, payload) };
}

const isRefused = (code) => (error) => {
  assert.match(error.errorMessage, new RegExp(code));
  return true;
};

async function codeWorksOnce() {
  const { redeem } = await request();
  assert.match((await redeem()).account.name, /Ada/);
  await assert.rejects(redeem(), isRefused("AADB2C90080"));
}

async function policiesStayApart() {
  const { client, redeem } = await request();
  const { account } = await redeem();
  const mixed = { scopes, account, authority: demo.authority(demo.profileEdit), forceRefresh: true };
  await assert.rejects(client.acquireTokenSilent(mixed), isRefused("AADB2C90088"));
  const own = await client.acquireTokenSilent({ scopes, account, forceRefresh: true });
  assert.equal(own.account.homeAccountId, account.homeAccountId);
}

async function wrongSecret() {
  const { redeem } = await request({ clientSecret: "not-the-secret" });
  await assert.rejects(redeem(), isRefused("AADB2C90081"));
}

console.log(`  ${name} ${library.version}, Node ${process.version}`);
await app.listen();
const cases = new Cases();
await cases.run("sign-in", signsIn);
await cases.run("api-call", callsTheApi);
await cases.run("silent-refresh", refreshes);
cases.no("silent-frame", "it runs on a server, which has no frames");
await cases.run("edit-profile", editsTheProfile);
await cases.run("password-reset", resetsThePassword);
await cases.run("refresh-revoked", isRevoked);
await cases.run("sign-out", signsOut);
await cases.run("sign-out-elsewhere", signsOutElsewhere);
await cases.run("is told that a code works once", codeWorksOnce);
await cases.run("keeps the tokens of two policies apart (AADB2C90088)", policiesStayApart);
await cases.run("is told that the secret is wrong (AADB2C90081)", wrongSecret);
// Last: the demo's time does not go back.
await cases.run("refresh-expired", isTooLate);
app.close();
cases.finish();
