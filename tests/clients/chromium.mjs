// Debian's Chromium, driven by Playwright, and how a person gets through our pages in it.

import * as demo from "./demo.mjs";

const { chromium } = demo.load("playwright-core");

const LONGEST = 15_000;

export const id = (name) => `#${name}`;
export const testId = (name) => `[data-testid="${name}"]`;

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: [
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    ...(process.getuid() === 0 ? ["--no-sandbox"] : []),
  ],
});

/** A fresh profile of a launched browser for the time of `body`, which gets a page and the profile. */
export async function withPerson(browser, options, body) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", ...options });
  context.setDefaultTimeout(LONGEST);
  try {
    return await body(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

export async function isAt(page, origin) {
  await page.waitForURL((url) => url.origin === origin);
}

export async function fillSignIn(page, person) {
  await page.fill(id("signInName"), person.name);
  await page.fill(id("password"), person.password);
  await page.click(id("next"));
}

/** The address, proven with the code from the mailbox. */
export async function verifyAddress(page, address) {
  const before = (await demo.mails(address)).length;
  await page.fill(id("email"), address);
  await page.click(id("email_ver_but_send"));
  await page.waitForSelector(`${id("email_ver_input")}:visible`);
  const code = await demo.mailedCode(address, before);
  await page.fill(id("email_ver_input"), code);
  await page.click(id("email_ver_but_verify"));
  await page.waitForSelector(`${id("email_success")}:visible`);
}

/** From the first page of a password reset to its end. */
export async function resetPassword(page, address, password) {
  await page.waitForSelector(id("email"));
  await verifyAddress(page, address);
  await page.click(id("continue"));
  await page.waitForSelector(id("newPassword"));
  await page.fill(id("newPassword"), password);
  await page.fill(id("reenterPassword"), password);
  await page.click(id("continue"));
}

/** Signs out in one of the demo's apps, as the person who is signed in at the server: all apps are told. */
export async function signOutAt(context, shop) {
  const page = await context.newPage();
  await page.goto(shop);
  await page.click(testId("sign-in"));
  await page.click(testId("sign-out"));
  // It comes back once the frames of the other apps have loaded.
  await page.waitForSelector(testId("sign-in"));
  await page.close();
}
