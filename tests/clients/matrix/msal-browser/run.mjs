// MSAL for browsers in a single-page app, as one client of the matrix. The package's name in target/clients/node and
// the client id are the arguments; config.js stands in the client's own folder.

import assert from "node:assert/strict";
import { join } from "node:path";
import { Cases } from "../../cases.mjs";
import * as chromium from "../../chromium.mjs";
import { fillSignIn, id, isAt, resetPassword, signOutAt } from "../../chromium.mjs";
import * as demo from "../../demo.mjs";
import { serve } from "./site.mjs";

const [name, clientId, config] = process.argv.slice(2);
const { version } = demo.load(`${name}/package.json`);
const library = join(process.env.CLIENTS_NODE, "node_modules", name, "lib");
const port = Number(process.env.APP_PORT);
const origin = `https://localhost:${port}`;
// The same app, on another site than the identity server's, and registered for itself.
const foreign = { origin: `https://127.0.0.1:${port}`, clientId: "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000109" };
const site = (file) => new URL(`site/${file}`, import.meta.url);

const settings = (asked) => ({
  host: new URL(demo.origin).host,
  clientId: asked.origin === foreign.origin ? foreign.clientId : clientId,
  api: process.env.API_URL,
});
const notices = [];
const server = await serve({
  "/": site("index.html"),
  "/settings.js": (asked) => Object.entries(settings(asked))
    .map(([key, value]) => `const ${key} = ${JSON.stringify(value)};`).join("\n"),
  "/config.js": join(process.env.CLIENT, config),
  "/msal.js": join(library, "msal-browser.min.js"),
  "/bridge.js": join(library, "redirect-bridge/msal-redirect-bridge.min.js"),
  ...Object.fromEntries(["app.js", "blank.html", "redirect.html", "front-channel.html", "front-channel.js"]
    .map((file) => [`/${file}`, site(file)])),
}, port, (url) => {
  if (url.pathname === "/front-channel.html") notices.push(Object.fromEntries(url.searchParams));
});

const browser = await chromium.launch();
const withPerson = (body) => chromium.withPerson(browser, {}, body);

// --- The app in a page ---

const isReady = (page, at = origin) => page.waitForFunction(
  (wanted) => location.origin === wanted && document.body?.dataset.ready === "yes", at);

async function open(page, at = origin) {
  await page.goto(at);
  await isReady(page, at);
}

/** Calls a member of the app's `spa`. */
const call = (page, member, ...given) => page.evaluate(([what, values]) => spa[what](...values), [member, given]);

/** The same where the page goes elsewhere before the call is over. */
const leave = (page, member, ...given) => page.evaluate(([what, values]) => { spa[what](...values); }, [member, given]);

const shown = async (page, at = origin) => {
  await isReady(page, at);
  assert.equal(await page.evaluate(() => document.body.dataset.error), undefined);
  return page.textContent(id("name"));
};

/** Signs in by a redirect of the whole page. */
async function signIn(page, person, at = origin) {
  await open(page, at);
  await leave(page, "signIn");
  await page.waitForSelector(id("signInName"));
  await fillSignIn(page, person);
  return shown(page, at);
}

/** Runs `member` of the app, and `body` in the pop-up that it opens; returns what the app got. */
async function inPopup(page, context, member, body) {
  const opens = context.waitForEvent("page");
  const ends = call(page, member);
  // Whatever goes wrong in the pop-up is told before what the app makes of it.
  ends.catch(() => {});
  await body(await opens);
  return ends;
}

async function tasks(page, ...given) {
  const said = await call(page, "tasks", ...given);
  assert.equal(said.status, 200, `the API says ${JSON.stringify(said)}`);
  assert.equal(said.body.sub, said.oid);
  return said;
}

/** The app wants a token, and the person has to sign in for it; afterwards there is one. */
async function isAskedAgain(page, person) {
  const silent = await call(page, "silent", { forceRefresh: true });
  assert.ok(silent.needsPerson, `MSAL says ${JSON.stringify(silent)}`);
  await leave(page, "tasks", { forceRefresh: true });
  await page.waitForSelector(id("password"));
  await fillSignIn(page, person);
  await isReady(page);
  await tasks(page);
}

const homeAccountId = (oid, policy) => `${oid}-${policy}.${demo.tenantId}`.toLowerCase();

// --- The cells ---

const signsIn = async () => {
  await withPerson(async (page) => assert.equal(await signIn(page, demo.ada), "Ada Lovelace"));
  await withPerson(async (page, context) => {
    await open(page);
    const got = await inPopup(page, context, "signInInPopup", async (popup) => {
      await popup.waitForSelector(id("signInName"));
      await fillSignIn(popup, demo.ada);
    });
    assert.equal(got.name, "Ada Lovelace");
    assert.equal(got.homeAccountId.toLowerCase(), homeAccountId(got.oid, demo.signIn));
  });
};

const callsTheApi = () => withPerson(async (page) => {
  await signIn(page, demo.ada);
  assert.equal((await tasks(page)).fromCache, true);
});

const refreshes = () => withPerson(async (page) => {
  await signIn(page, demo.ada);
  const seen = new Set([(await tasks(page)).accessToken]);
  const grants = [];
  page.on("request", (request) => {
    if (request.url().includes("/oauth2/v2.0/")) grants.push(new URLSearchParams(request.postData()).get("grant_type"));
  });
  // The refresh token was replaced in the cache: a second refresh works, too.
  for (const count of [2, 3]) {
    // Tokens of one second are alike to the letter.
    await demo.moveClock("10s");
    const { accessToken, fromCache } = await tasks(page, { forceRefresh: true });
    assert.equal(fromCache, false);
    assert.equal(seen.add(accessToken).size, count, "the same access token came again");
  }
  assert.deepEqual(grants, ["refresh_token", "refresh_token"], "what was asked of the server");
});

const renewsInAFrame = () => withPerson(async (page) => {
  await signIn(page, demo.ada);
  await demo.moveClock("10s");
  const asked = [];
  page.on("request", (request) => {
    if (request.url().includes("/authorize")) asked.push(new URL(request.url()).searchParams.get("prompt"));
  });
  // 5: CacheLookupPolicy.Skip, neither the cache nor the refresh token.
  const renewed = await tasks(page, { cacheLookupPolicy: 5 });
  assert.equal(renewed.fromCache, false);
  // Nothing is known of the person but the session at the server.
  await page.evaluate(() => localStorage.clear());
  await open(page);
  assert.deepEqual(await call(page, "accounts"), []);
  assert.equal((await call(page, "sso")).name, "Ada Lovelace");
  assert.deepEqual(asked, ["none", "none"]);
  assert.equal((await tasks(page)).fromCache, true);
});

const editsTheProfile = () => withPerson(async (page) => {
  await signIn(page, demo.ada);
  const first = await tasks(page);
  await leave(page, "signIn", demo.profileEdit);
  await page.fill(id("displayName"), "Ada Byron");
  await page.click(id("continue"));
  await isReady(page);
  const wanted = [demo.signIn, demo.profileEdit].map((policy) => homeAccountId(first.oid, policy)).sort();
  assert.deepEqual((await call(page, "accounts")).map((account) => account.id.toLowerCase()).sort(), wanted);
  for (const policy of [demo.signIn, demo.profileEdit]) {
    const kept = await tasks(page, {}, policy);
    assert.equal(kept.fromCache, true, `the token of ${policy} is gone`);
    const fresh = await tasks(page, { forceRefresh: true }, policy);
    assert.equal(fresh.homeAccountId.toLowerCase(), homeAccountId(first.oid, policy));
    assert.equal(fresh.name, "Ada Byron");
  }
});

const resetsThePassword = async () => {
  const person = demo.newPerson("Joan");
  await withPerson(async (page) => {
    await open(page);
    await leave(page, "signIn");
    await page.click(id("forgotPassword"));
    await resetPassword(page, person.name, "Joan-Changed-1942");
    assert.equal(await shown(page), person.shown);
    await tasks(page, {}, demo.passwordReset);
  });
  await withPerson((page) => signIn(page, { ...person, password: "Joan-Changed-1942" }));
  await withPerson(async (page, context) => {
    await open(page);
    const got = await inPopup(page, context, "signInInPopup", async (popup) => {
      // The reset has a pop-up of its own.
      const second = context.waitForEvent("page");
      await popup.click(id("forgotPassword"));
      await resetPassword(await second, person.name, "Joan-Changed-1943");
    });
    assert.equal(got.name, person.shown);
  });
};

const isRevoked = async () => {
  const person = demo.newPerson("Mavis");
  await withPerson(async (page) => {
    await signIn(page, person);
    await tasks(page, { forceRefresh: true });
    demo.revoke(person);
    await isAskedAgain(page, person);
  });
};

const isTooLate = () => withPerson(async (page) => {
  await signIn(page, demo.grace);
  await tasks(page, { forceRefresh: true });
  // Refresh tokens of single-page apps last for a day; the session has ended, too, so the hidden frame is of no use.
  await demo.moveClock("25h");
  await isAskedAgain(page, demo.grace);
});

/** Nobody is signed in any more, neither to the app nor at the server. */
async function isSignedOut(page) {
  await open(page);
  assert.deepEqual(await call(page, "accounts"), []);
  const sso = await call(page, "sso");
  assert.ok(sso.needsPerson, `ssoSilent says ${JSON.stringify(sso)}`);
  assert.match(sso.message, /AADB2C90077/);
  await leave(page, "signIn");
  await page.waitForSelector(id("password"));
}

const signsOut = async () => {
  await withPerson(async (page) => {
    await signIn(page, demo.grace);
    await leave(page, "signOut");
    await page.waitForFunction(
      () => document.body?.dataset.ready === "yes" && document.getElementById("name").textContent === "");
    await isAt(page, origin);
    await isSignedOut(page);
  });
  await withPerson(async (page, context) => {
    await signIn(page, demo.grace);
    await inPopup(page, context, "signOutInPopup", async () => {});
    await isSignedOut(page);
  });
};

const signsOutElsewhere = () => withPerson(async (page, context) => {
  await signIn(page, demo.grace);
  await tasks(page, { forceRefresh: true });
  const before = notices.length;
  await signOutAt(context, demo.groceries);
  assert.equal(notices.length, before + 1, "the app was not told");
  assert.deepEqual(Object.keys(notices.at(-1)).sort(), ["iss", "sid"]);
  await isSignedOut(page);
});

// Where app and server do not share a site, a private window like these gives the frame no cookies.
const renewsByARedirect = () => withPerson(async (page) => {
  await signIn(page, demo.grace, foreign.origin);
  const silent = await call(page, "silent", { cacheLookupPolicy: 5 });
  assert.ok(silent.needsPerson, `MSAL says ${JSON.stringify(silent)}`);
  const before = (await call(page, "silent")).accessToken;
  await demo.moveClock("10s");
  const left = page.waitForEvent("load");
  await leave(page, "tasks", { cacheLookupPolicy: 5 });
  // The page is left, and comes back without a question: the session at the server is alive.
  await left;
  await isReady(page, foreign.origin);
  assert.notEqual((await tasks(page)).accessToken, before);
});

// What `sign-out-elsewhere` is not in such a place: the frame has a storage of its own, and the refresh token lives on.
const staysOnAnotherSite = () => withPerson(async (page, context) => {
  await signIn(page, demo.grace, foreign.origin);
  const before = notices.length;
  await signOutAt(context, demo.groceries);
  assert.equal(notices.length, before + 1, "the app was not told");
  await open(page, foreign.origin);
  assert.equal((await call(page, "accounts")).length, 1, "the frame reached the app's storage");
  assert.equal((await call(page, "silent", { forceRefresh: true })).fromCache, false);
  await leave(page, "signIn");
  await page.waitForSelector(id("password"));
});

console.log(`  ${name} ${version}, Chromium ${browser.version()}`);
const cases = new Cases();
await cases.run("sign-in", signsIn);
await cases.run("api-call", callsTheApi);
await cases.run("silent-refresh", refreshes);
await cases.run("silent-frame", renewsInAFrame);
await cases.run("edit-profile", editsTheProfile);
await cases.run("password-reset", resetsThePassword);
await cases.run("refresh-revoked", isRevoked);
await cases.run("sign-out", signsOut);
await cases.run("sign-out-elsewhere", signsOutElsewhere);
await cases.run("renews by a redirect where app and server do not share a site", renewsByARedirect);
await cases.run("outlives a sign-out elsewhere where app and server do not share a site", staysOnAnotherSite);
await cases.run("refresh-expired", isTooLate);
await browser.close();
server.close();
server.closeAllConnections();
cases.finish();
