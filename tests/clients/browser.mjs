// A real browser against the demo: Debian's Chromium, driven by Playwright.
// Every page that it sees must be free of console errors and of violations of the content security policy.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Cases } from "./cases.mjs";
import * as chromium from "./chromium.mjs";
import { fillSignIn, id, isAt, resetPassword, testId, verifyAddress } from "./chromium.mjs";
import * as demo from "./demo.mjs";

const screenshots = process.env.SCREENSHOTS;
const widths = [360, 1280];
// What a page complained about, and where. Filled by every context; the last case reads it.
const complaints = [];
const pagesSeen = new Set();

mkdirSync(screenshots, { recursive: true });

const browser = await chromium.launch();

// --- People and their browsers ---

/** A fresh browser profile for the time of `body`. */
const withPerson = (options, body) => chromium.withPerson(browser, options, (page, context) => {
  watch(context);
  return body(page, context);
});

function watch(context) {
  const complain = (where, what) => complaints.push(`${where}: ${what}`);
  context.on("console", (message) => {
    if (message.type() === "error" || /content security policy/i.test(message.text())) {
      complain(message.page()?.url() ?? message.location().url, message.text());
    }
  });
  context.on("weberror", (error) => complain(error.page()?.url(), error.error()));
  context.on("response", (answer) => {
    if (answer.request().resourceType() === "document") pagesSeen.add(new URL(answer.url()).pathname);
    // A page of ours that lacks a picture or a script is a page that complains.
    else if (answer.status() >= 400) complain(answer.url(), answer.status());
  });
}

/** From an app's first page to the sign-in page. */
async function goToSignIn(page, app = demo.groceries) {
  await page.goto(app);
  await page.click(testId("sign-in"));
  await page.waitForSelector(id("signInName"));
}

async function isSignedIn(page, name, app = demo.groceries) {
  await isAt(page, app);
  await page.waitForSelector(testId("name"));
  const shown = await page.textContent(testId("name"));
  assert.ok(shown.includes(name), `the app greets ${shown.trim()}, not ${name}`);
}

async function isSignedOut(page, app = demo.groceries) {
  await isAt(page, app);
  await page.waitForSelector(testId("sign-in"));
  assert.equal(await page.locator(testId("name")).count(), 0, "the app still greets somebody");
}

async function signUp(page, person) {
  await goToSignIn(page);
  await page.click(id("createAccount"));
  await page.waitForSelector(id("email"));
  await verifyAddress(page, person.name);
  await page.fill(id("newPassword"), person.password);
  await page.fill(id("reenterPassword"), person.password);
  await page.fill(id("displayName"), person.shown);
  await page.click(id("continue"));
  await isSignedIn(page, person.shown);
}

const newcomer = (name) => ({
  name: `${name.toLowerCase()}@contoso.example`, password: "Enchantress-1843", shown: `${name} Newcomer`,
});

// --- The cases ---

const signsUpOnceForAll = () => withPerson({}, async (page, context) => {
  const person = newcomer("Mary");
  await signUp(page, person);
  const pharmacy = await context.newPage();
  await pharmacy.goto(`${demo.pharmacy}/prescriptions`);
  await isAt(pharmacy, demo.pharmacy);
  assert.equal(new URL(pharmacy.url()).pathname, "/prescriptions");
  await pharmacy.goto(demo.pharmacy);
  await isSignedIn(pharmacy, person.shown, demo.pharmacy);
  await page.click(testId("sign-out"));
  await isSignedOut(page);
  await pharmacy.goto(demo.pharmacy);
  await isSignedOut(pharmacy, demo.pharmacy);
  await pharmacy.goto(`${demo.pharmacy}/prescriptions`);
  await pharmacy.waitForSelector(id("signInName"));
  await isAt(pharmacy, demo.origin);
});

const wrongPassword = () => withPerson({}, async (page) => {
  await goToSignIn(page);
  await fillSignIn(page, { ...demo.ada, password: "not-her-password-1" });
  await page.waitForSelector(`${id("pageMessage")}:visible`);
  assert.ok((await page.textContent(id("pageMessage"))).trim(), "the message is empty");
  assert.ok(await page.evaluate(() => document.activeElement.id === "pageMessage"), "the message has no focus");
  assert.equal(await page.inputValue(id("signInName")), demo.ada.name, "the name is gone");
  await fillSignIn(page, demo.ada);
  await isSignedIn(page, "Ada");
});

const resetsPassword = () => withPerson({}, async (page) => {
  await goToSignIn(page);
  await page.click(id("forgotPassword"));
  await resetPassword(page, demo.grace.name, "Compiler-1959");
  await isSignedIn(page, "Grace");
  await page.click(testId("sign-out"));
  await isSignedOut(page);
  await goToSignIn(page);
  await fillSignIn(page, { ...demo.grace, password: "Compiler-1959" });
  await isSignedIn(page, "Grace");
});

/** What is left when the browser is closed and opened again. */
async function closeAndOpen(context, page) {
  const session = await context.newCDPSession(page);
  for (const cookie of await context.cookies()) {
    if (cookie.expires !== -1) continue;
    // This browser keeps the cookies of each port apart.
    for (const url of [demo.origin, demo.groceries, demo.pharmacy, demo.home]) {
      await session.send("Network.deleteCookies", { name: cookie.name, url });
    }
  }
  assert.ok((await context.cookies()).every((cookie) => cookie.expires !== -1), "session cookies are left");
}

const keepsSignedIn = async () => {
  for (const keep of [true, false]) {
    await withPerson({}, async (page, context) => {
      await goToSignIn(page);
      if (keep) await page.check(id("rememberMe"));
      await fillSignIn(page, demo.ada);
      await isSignedIn(page, "Ada");
      await closeAndOpen(context, page);
      await page.goto(`${demo.pharmacy}/prescriptions`);
      if (keep) await isAt(page, demo.pharmacy);
      else await page.waitForSelector(id("signInName"));
    });
  }
};

const cancels = () => withPerson({}, async (page) => {
  await goToSignIn(page);
  await page.click(id("createAccount"));
  await page.waitForSelector(id("email"));
  await page.click(id("cancel"));
  await isSignedOut(page);
});

const editsProfile = () => withPerson({}, async (page) => {
  const person = newcomer("Sofia");
  await signUp(page, person);
  await page.click(testId("profile"));
  await page.waitForSelector(id("displayName"));
  assert.equal(await page.inputValue(id("displayName")), person.shown, "what stands in the form");
  await page.fill(id("displayName"), "Sofia Renamed");
  await page.click(id("continue"));
  await isSignedIn(page, "Sofia Renamed");
});

/** Presses Tab until the focus is on an element, and sees to it that the focus can be seen. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 30; presses += 1) {
    const found = await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector);
    if (found) {
      const seen = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement);
        return (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none";
      });
      assert.ok(seen, `the focus on ${selector} cannot be seen`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

const byKeyboard = () => withPerson({}, async (page) => {
  await page.goto(demo.groceries);
  await tabTo(page, testId("sign-in"));
  await page.keyboard.press("Enter");
  await page.waitForSelector(id("signInName"));
  await tabTo(page, id("signInName"));
  await page.keyboard.type(demo.ada.name);
  await tabTo(page, id("password"));
  await page.keyboard.type(demo.ada.password);
  await tabTo(page, id("next"));
  await page.keyboard.press("Enter");
  await isSignedIn(page, "Ada");
  await tabTo(page, testId("sign-out"));
  await page.keyboard.press("Enter");
  await isSignedOut(page);
});

const withoutScript = () => withPerson({ javaScriptEnabled: false }, async (page) => {
  await goToSignIn(page);
  await fillSignIn(page, { ...demo.ada, password: "not-her-password-1" });
  await page.waitForSelector(`${id("pageMessage")}:visible`);
  await fillSignIn(page, demo.ada);
  await isSignedIn(page, "Ada");
  await page.click(testId("sign-out"));
  await isSignedOut(page);
});

const signsUpWithoutScript = () => withPerson({ javaScriptEnabled: false }, (page) => signUp(page, newcomer("Hedy")));

const inSpanish = () => withPerson({ locale: "es-ES" }, async (page) => {
  await goToSignIn(page);
  assert.equal(await page.getAttribute("html", "lang"), "es");
  assert.match(await page.textContent("h1"), /sesión/i);
});

/** Signs in on the page of sessions itself, from the demo's first page. */
async function openSessions(page) {
  await page.goto(demo.home);
  await page.click(id("your-sessions"));
  await page.waitForSelector(id("signInName"));
  await fillSignIn(page, demo.ada);
  await page.waitForSelector(`${id("session-1")} .badge`);
}

const endsSessions = () => withPerson({ locale: "es-ES" }, (there) => withPerson({}, async (page) => {
  await goToSignIn(there);
  await fillSignIn(there, demo.ada);
  await isSignedIn(there, "Ada");
  await openSessions(page);
  assert.equal(new URL(page.url()).search, "", "the way of the sign-in is still in the address");
  assert.match(await page.textContent(id("session-1")), /Chrome, Linux/);
  await page.click("#session-2 button");
  await page.waitForSelector(id("said"));
  await there.goto(demo.pharmacy);
  await there.click(testId("sign-in"));
  await there.waitForSelector(id("signInName"));
  await page.click("#session-1 button");
  await page.waitForSelector(id("signed-out"));
  await page.goto(demo.home);
  await page.click(id("your-sessions"));
  await page.waitForSelector(id("signInName"));
}));

// --- Pictures ---

async function picture(page, name, width) {
  await page.waitForLoadState("networkidle");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.screenshot({ path: join(screenshots, `${name}-${width}.png`), fullPage: true });
  assert.ok(wide <= 0, `${name} is ${wide} pixels wider than a window of ${width}`);
}

const pictures = (width) => withPerson({ viewport: { width, height: 800 } }, async (page) => {
  await page.goto(demo.home);
  await picture(page, "demo-home", width);
  await page.goto(`${demo.home}/mailbox`);
  await picture(page, "mailbox", width);
  for (const [name, app] of [["groceries", demo.groceries], ["pharmacy", demo.pharmacy]]) {
    await page.goto(app);
    await picture(page, `${name}-signed-out`, width);
  }
  await goToSignIn(page);
  await picture(page, "sign-in", width);
  await fillSignIn(page, { ...demo.ada, password: "not-her-password-1" });
  await page.waitForSelector(`${id("pageMessage")}:visible`);
  await picture(page, "sign-in-refused", width);
  await page.click(id("createAccount"));
  await page.waitForSelector(id("email"));
  await picture(page, "sign-up", width);
  await goToSignIn(page);
  await fillSignIn(page, demo.ada);
  await isSignedIn(page, "Ada");
  await picture(page, "groceries-signed-in", width);
  await page.goto(`${demo.pharmacy}/prescriptions`);
  await isAt(page, demo.pharmacy);
  await picture(page, "pharmacy-prescriptions", width);
  await page.goto(demo.groceries);
  await page.click(testId("profile"));
  await page.waitForSelector(id("displayName"));
  await picture(page, "profile", width);
  await withPerson({}, async (other) => {
    await openSessions(other);
    await other.goto(`${demo.authority(demo.signIn)}/oauth2/v2.0/logout`);
    await openSessions(other);
  });
  await page.goto(`${demo.authority(demo.signIn)}/sessions`);
  await page.click("summary");
  await picture(page, "your-sessions", width);
  await page.click("#session-1 button");
  await page.waitForSelector(id("said"));
  await picture(page, "your-sessions-ended", width);
  await page.goto(`${demo.authority(demo.signIn)}/oauth2/v2.0/logout`);
  await page.waitForSelector(id("signed-out"));
  await picture(page, "signed-out", width);
  const complained = complaints.length;
  const unknown = "client_id=9a1c0e5e-0000-0000-0000-000000000000";
  await page.goto(`${demo.authority(demo.signIn)}/oauth2/v2.0/authorize?${unknown}`);
  await page.waitForSelector(".error-page-correlationid");
  await picture(page, "error", width);
  // Chromium reports the status of the error page itself.
  const own = complaints.splice(complained).filter((one) => !/Failed to load resource.* 40\d/.test(one));
  complaints.push(...own);
});

const nothingComplains = async () => {
  assert.ok(pagesSeen.size >= 5, `only these pages were seen: ${[...pagesSeen]}`);
  assert.deepEqual(complaints, []);
};

console.log(`  Chromium ${browser.version()}`);
const cases = new Cases();
await cases.run("signs up in one app, is signed in to the other, and signs out of both", signsUpOnceForAll);
await cases.run("says that the password is wrong, and lets try again", wrongPassword);
await cases.run("resets a forgotten password with a code from the mailbox", resetsPassword);
await cases.run("keeps a person signed in who asked for it, and nobody else", keepsSignedIn);
await cases.run("returns to the app when the sign-up is cancelled", cancels);
await cases.run("edits the profile", editsProfile);
await cases.run("signs in and out by keyboard alone", byKeyboard);
await cases.run("signs in and out without script", withoutScript);
await cases.run("signs up without script", signsUpWithoutScript);
await cases.run("speaks Spanish to whoever prefers it", inSpanish);
await cases.run("shows a person their sessions, ends another one and then the own", endsSessions);
for (const width of widths) {
  await cases.run(`fits into ${width} pixels (pictures in target/clients/screenshots)`, () => pictures(width));
}
await cases.run("no page logged an error or violated its content security policy", nothingComplains);
await browser.close();
cases.finish();
