// The cells of the matrix for a web app that was started with `serve` of app.mjs: what a person with a browser sees of
// it, whatever library it uses.

import assert from "node:assert/strict";
import { Browser, resetPassword, signIn, signOutAt } from "../b2c.mjs";
import { Cases } from "../cases.mjs";
import * as demo from "../demo.mjs";
import { base } from "./app.mjs";

const edited = { displayName: "Ada Byron", givenName: "Ada", surname: "Byron" };

const newBrowser = () => new Browser().everywhere();
const said = (page) => JSON.parse(page.text);
const isSignInPage = (page) => page.settings?.api === "CombinedSigninAndSignup";
const nameOf = (page) => `${page.url}: ${page.text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").slice(0, 300)}`;

/** Signs a person in at the app, in a browser of their own. */
async function signedIn(person) {
  const browser = newBrowser();
  const page = await browser.open(`${base}/sign-in`);
  assert.ok(isSignInPage(page), `nobody is asked to sign in at ${nameOf(page)}`);
  await isSignedIn(await signIn(browser, page.url, person), browser, person);
  return browser;
}

async function isSignedIn(page, browser, person, policy = demo.signIn) {
  assert.equal(page.url.origin, base, `the sign-in does not lead back to the app but to ${nameOf(page)}`);
  const claims = said(await browser.open(`${base}/`))[policy];
  assert.ok(claims, `nobody is signed in with ${policy} at ${nameOf(page)}`);
  assert.equal((claims.tfp ?? claims.acr).toLowerCase(), policy.toLowerCase(), "the policy in the token");
  assert.equal(claims.email, person.name, "whose account it is");
  return claims;
}

async function apiAnswers(browser, policy = demo.signIn) {
  const answer = said(await browser.open(`${base}/tasks?policy=${policy}`));
  assert.equal(answer.status, 200, `the API refuses the token: ${answer.said}`);
  const { sub, scp } = JSON.parse(answer.said);
  assert.match(scp, /tasks\.read/);
  return { sub, grant: answer.grant };
}

async function refreshes(browser, policy = demo.signIn) {
  const before = await apiAnswers(browser, policy);
  assert.deepEqual(said(await browser.open(`${base}/refresh?policy=${policy}`)), { refreshed: true });
  const after = await apiAnswers(browser, policy);
  assert.equal(after.sub, before.sub, "the token is somebody else's");
  assert.notEqual(after.grant, before.grant, "the tokens are the old ones");
}

async function doesNotRefresh(browser) {
  assert.deepEqual(said(await browser.open(`${base}/refresh`)), { refreshed: false }, "a refresh with a void token");
}

/** The app asks anew, and the person has to enter a password. */
async function asksForThePassword(browser) {
  const page = await browser.open(`${base}/sign-in`);
  assert.ok(isSignInPage(page), `the session goes on: ${nameOf(page)}`);
  return page;
}

async function needsInteraction(browser) {
  const page = await browser.open(`${base}/silent`);
  assert.equal(page.url.origin, base, `prompt=none leads to ${nameOf(page)}`);
  assert.match(page.text, /interaction_required/, `what the app says after prompt=none`);
}

async function knowsNobody(browser) {
  assert.deepEqual(said(await browser.open(`${base}/`)), {}, "the app still knows the person");
}

/** Runs all cells, and stops the app. `more` are cases besides, with a browser in which Ada is signed in. */
export async function runCells(app, more = async () => {}) {
  const cases = new Cases();
  let ada;

  await cases.run("sign-in", async () => {
    ada = await signedIn(demo.ada);
  });

  await cases.run("api-call", async () => {
    const claims = said(await ada.open(`${base}/`))[demo.signIn];
    assert.equal((await apiAnswers(ada)).sub, claims.sub);
  });

  await cases.run("silent-refresh", async () => {
    await refreshes(ada);
    // The refresh token was replaced: the app has to use the newest.
    await refreshes(ada);
  });

  await more(cases, ada);

  cases.no("silent-frame", "it runs on a server, which has no frames");

  await cases.run("edit-profile", async () => {
    const page = await ada.open(`${base}/edit-profile`);
    assert.deepEqual(page.fields, Object.keys(edited), `the profile cannot be edited at ${nameOf(page)}`);
    const claims = await isSignedIn(await page.submit(edited), ada, demo.ada, demo.profileEdit);
    assert.equal(claims.name, edited.displayName);
    for (const policy of [demo.signIn, demo.profileEdit, demo.signIn]) await refreshes(ada, policy);
    const [first, second] = [await apiAnswers(ada, demo.signIn), await apiAnswers(ada, demo.profileEdit)];
    assert.equal(first.sub, second.sub, "two policies, two people");
    assert.notEqual(first.grant, second.grant, "one token for two policies");
  });

  await cases.run("password-reset", async () => {
    const person = demo.newPerson("Katherine");
    const browser = newBrowser();
    const page = await (await browser.open(`${base}/sign-in`)).forgotPassword();
    assert.ok(page.fields.includes("email"), `no code can be asked for at ${nameOf(page)}`);
    const password = "Trajectory-1962";
    const back = await resetPassword(page, person.name, password, () => demo.mailedCode(person.name));
    await isSignedIn(back, browser, person, demo.passwordReset);
    await signedIn({ ...person, password });
  });

  await cases.run("refresh-revoked", async () => {
    const person = demo.newPerson("Dorothy");
    const browser = await signedIn(person);
    await refreshes(browser);
    demo.revoke(person);
    await doesNotRefresh(browser);
    const page = await asksForThePassword(browser);
    await isSignedIn(await signIn(browser, page.url, person), browser, person);
    await refreshes(browser);
  });

  await cases.run("sign-out", async () => {
    const page = await ada.open(`${base}/sign-out`);
    assert.equal(page.url.origin + page.url.pathname, `${base}/signed-out`, "where the sign-out leads");
    await knowsNobody(ada);
    await needsInteraction(ada);
    await asksForThePassword(ada);
  });

  await cases.run("sign-out-elsewhere", async () => {
    const browser = await signedIn(demo.grace);
    const { iss, sid } = said(await browser.open(`${base}/`))[demo.signIn];
    assert.ok(sid, "the ID token has no `sid`");
    app.notices.length = 0;
    await signOutAt(browser, demo.groceries);
    assert.deepEqual(app.notices, [{ iss, sid }], "the notices that came to the app");
    await knowsNobody(browser);
    await needsInteraction(browser);
    await asksForThePassword(browser);
  });

  await cases.run("refresh-expired", async () => {
    const browser = await signedIn(demo.grace);
    await refreshes(browser);
    await demo.moveClock("91d");
    await doesNotRefresh(browser);
    await asksForThePassword(browser);
  });

  app.stop();
  cases.finish();
}
