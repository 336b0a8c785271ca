// oidc-client-ts in Chromium: its own bundle, a page and a script.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { Cases } from "../../cases.mjs";
import { fillSignIn, id, isAt, launch, resetPassword, signOutAt, withPerson } from "../../chromium.mjs";
import * as demo from "../../demo.mjs";

const port = Number(process.env.APP_PORT);
const app = `https://localhost:${port}`;
const policies = [demo.signIn, demo.profileEdit, demo.passwordReset];

// --- The app's files ---

const file = (name) => readFileSync(new URL(name, import.meta.url));
const settings = {
  host: new URL(demo.origin).host, api: process.env.API_URL, policies,
  clientId: "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000125",
};
const library = readFileSync(demo.load.resolve("oidc-client-ts").replace("/umd/", "/browser/"));
const scripts = {
  "/oidc-client-ts.js": library,
  "/settings.js": `window.settings = ${JSON.stringify(settings)};`,
  "/app.js": file("app.js"),
};
const index = file("index.html");
const notices = [];

const server = createServer(
  { cert: readFileSync(process.env.APP_CERT), key: readFileSync(process.env.APP_KEY) },
  (request, response) => {
    const url = new URL(request.url, app);
    if (url.pathname === "/front-channel") notices.push(Object.fromEntries(url.searchParams));
    const script = scripts[url.pathname];
    response.setHeader("content-type", script ? "text/javascript" : "text/html; charset=utf-8");
    response.end(script ?? index);
  },
);
await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));

// --- A person in front of it ---

const browser = await launch();

// Of a user of the library; its `profile` leaves out what belongs to the protocol.
const claimsOf = (user) => JSON.parse(Buffer.from(user.idToken.split(".")[1], "base64url"));

/** What the page says next, once it says something. */
async function said(page) {
  await page.waitForFunction(() => !["", '"…"'].includes(document.getElementById("said")?.textContent ?? ""));
  const told = JSON.parse(await page.textContent("#said"));
  assert.equal(told.problem, undefined, "what went wrong in the page");
  return told;
}

async function presses(page, button, policy = demo.signIn) {
  await page.fill("#policy", policy);
  await page.click(id(button));
  return said(page);
}

async function people(page) {
  await page.goto(app);
  return (await said(page)).people;
}

async function asksForThePassword(page) {
  await page.goto(app);
  await page.click("#sign-in");
  await page.waitForSelector(id("signInName"));
}

async function isSignedIn(page, person, policy = demo.signIn) {
  await page.waitForURL(`${app}/`);
  const claims = claimsOf((await said(page)).people[policy]);
  assert.equal(claims.acr, policy.toLowerCase(), "the policy in the token");
  assert.equal(claims.email, person.name, "whose account it is");
  return claims;
}

async function signsIn(page, person) {
  await asksForThePassword(page);
  await fillSignIn(page, person);
  return isSignedIn(page, person);
}

async function apiAnswers(page, policy) {
  const { status, told } = await presses(page, "tasks", policy);
  assert.equal(status, 200, `the API refuses the token: ${JSON.stringify(told)}`);
  assert.match(told.scp, /tasks\.read/);
  return told.sub;
}

/** Renews with the refresh token, or in a frame; sees to it that the newer tokens are good. Returns the refresh token. */
async function renews(page, button, policy = demo.signIn) {
  const before = (await people(page))[policy];
  const { renewed, error } = await presses(page, button, policy);
  assert.equal(error, undefined, `${button} with ${policy}`);
  const [{ sub }, { sub: renewedFor }] = [before, renewed].map(claimsOf);
  assert.equal(renewedFor, sub, "the token is somebody else's");
  assert.notEqual(renewed.grant, before.grant, "the tokens are the old ones");
  assert.equal(await apiAnswers(page, policy), sub);
  return renewed.grant;
}

const failsTo = async (page, button) => (await presses(page, button)).error;

// --- The cells ---

const cases = new Cases();

await withPerson(browser, {}, async (page) => {
  let claims;
  await cases.run("sign-in", async () => {
    claims = await signsIn(page, demo.ada);
  });

  await cases.run("api-call", async () => {
    assert.equal(await apiAnswers(page), claims.sub);
  });

  await cases.run("silent-refresh", async () => {
    await renews(page, "refresh");
    // The refresh token was replaced: the library has to use the newest.
    await renews(page, "refresh");
  });

  await cases.run("silent-frame", () => renews(page, "silent"));

  await cases.run("edit-profile", async () => {
    await page.click("#edit-profile");
    await page.waitForSelector(id("displayName"));
    await page.fill(id("displayName"), "Ada Byron");
    await page.click(id("continue"));
    const edited = await isSignedIn(page, demo.ada, demo.profileEdit);
    assert.equal(edited.name, "Ada Byron");
    assert.equal(edited.sub, claims.sub, "two policies, two people");
    const grants = [];
    for (const policy of [demo.signIn, demo.profileEdit, demo.signIn]) grants.push(await renews(page, "refresh", policy));
    assert.equal(new Set(grants).size, 3, "one token for two policies");
    const now = await people(page);
    for (const policy of [demo.signIn, demo.profileEdit]) assert.equal(claimsOf(now[policy]).acr, policy.toLowerCase());
  });

  await cases.run("sign-out", async () => {
    await page.goto(app);
    await page.click("#sign-out");
    await page.waitForURL((url) => url.origin === app && url.pathname === "/signed-out");
    assert.deepEqual(await said(page), { signedOut: true });
    assert.deepEqual(await people(page), {}, "the app still knows the person");
    assert.equal(await failsTo(page, "silent"), "interaction_required");
    await asksForThePassword(page);
  });
});

await cases.run("password-reset", () => withPerson(browser, {}, async (page) => {
  const person = demo.newPerson("Katherine");
  await asksForThePassword(page);
  await page.click(id("forgotPassword"));
  await resetPassword(page, person.name, "Trajectory-1962");
  await isSignedIn(page, person, demo.passwordReset);
  await withPerson(browser, {}, (other) => signsIn(other, { ...person, password: "Trajectory-1962" }));
}));

await cases.run("refresh-revoked", () => withPerson(browser, {}, async (page) => {
  const person = demo.newPerson("Dorothy");
  await signsIn(page, person);
  await renews(page, "refresh");
  demo.revoke(person);
  assert.equal(await failsTo(page, "refresh"), "invalid_grant");
  assert.equal(await failsTo(page, "silent"), "interaction_required");
  await signsIn(page, person);
  await renews(page, "refresh");
}));

await cases.run("sign-out-elsewhere", () => withPerson(browser, {}, async (page, context) => {
  const { iss, sid } = await signsIn(page, demo.grace);
  assert.ok(sid, "the ID token has no `sid`");
  notices.length = 0;
  await signOutAt(context, demo.groceries);
  assert.deepEqual(notices, [{ iss, sid }], "the notices that came to the app");
  assert.deepEqual(await people(page), {}, "the app still knows the person");
  assert.equal(await failsTo(page, "silent"), "interaction_required");
  await asksForThePassword(page);
}));

await cases.run("refresh-expired", () => withPerson(browser, {}, async (page) => {
  await signsIn(page, demo.grace);
  await renews(page, "refresh");
  // Refresh tokens of single-page apps end a day after the sign-in.
  await demo.moveClock("25h");
  assert.equal(await failsTo(page, "refresh"), "invalid_grant");
  assert.equal(await failsTo(page, "silent"), "interaction_required");
  await signsIn(page, demo.grace);
  await isAt(page, app);
}));

await browser.close();
server.closeAllConnections();
server.close();
cases.finish();
