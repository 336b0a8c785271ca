// The demo that `demo.py` started this process beside, and the packages that `./test` installed.

import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";

const port = Number(process.env.DEMO_PORT);

export const origin = `https://localhost:${port}`;
export const groceries = `https://localhost:${port + 1}`;
export const pharmacy = `https://localhost:${port + 2}`;
export const home = `https://localhost:${port + 3}`;
export const tenant = "contoso.onmicrosoft.com";
export const tenantId = "f3b1c0de-0000-4000-8000-00000000c0de";
export const signIn = "B2C_1A_signup_signin";
export const profileEdit = "B2C_1A_ProfileEdit";
export const passwordReset = "B2C_1A_PasswordReset";
export const tasksScope = `https://${tenant}/tasks/tasks.read`;
export const ada = { name: "ada@contoso.example", password: "Lovelace-1843" };
export const grace = { name: "grace@contoso.example", password: "Hopper-1952" };
export const webClient = {
  id: "9a1c0e5e-6f0c-4e53-9d6e-0b0c0a000004",
  redirect: "https://localhost:9999/callback",
  signedOut: "https://localhost:9999/bye",
};

export const authority = (policy) => `${origin}/${tenant}/${policy}`;

/** A package out of target/clients/node. */
export const load = createRequire(`${process.env.CLIENTS_NODE}/`);

/** A command of the binary for the running server; returns what it prints. */
function command(words, given, input = "") {
  const about = ["--data", process.env.DEMO_DATA, "--tenant", tenant];
  const options = { encoding: "utf8", stdio: "pipe", input };
  return execFileSync(process.env.ZAGUAN_BINARY, [...words, ...about, ...given], options);
}

/** A new secret for an app, made by the running server. */
export const secret = (clientId) => command(["app", "secret"], [clientId]).trim().split(/\s+/).at(-1);

/** A new person, for a case that changes or revokes something. */
export function newPerson(name) {
  const address = `${name.toLowerCase()}@contoso.example`;
  const person = { name: address, password: `${name}-Enigma-1941`, shown: `${name} Newcomer` };
  command(["user", "add"], ["--email", person.name, "--name", person.shown], person.password);
  return person;
}

/** Makes a person's refresh tokens void. */
export const revoke = (person) => command(["user", "revoke"], [person.name]);

/** Moves the time of the demo forward: `91d`, `25h`. */
export async function moveClock(by) {
  const answer = await fetch(`${origin}/dev/clock`, { method: "POST", body: new URLSearchParams({ by }) });
  if (!answer.ok) throw new Error(`/dev/clock says ${answer.status}: ${await answer.text()}`);
}

/** The mails to one address, newest first. */
export async function mails(to) {
  const answer = await fetch(`${home}/mailbox.json`);
  return (await answer.json()).filter((mail) => mail.to === to);
}

/** The code in the newest mail to an address, once there are more than `after`. */
export async function mailedCode(to, after = 0) {
  const until = Date.now() + 10_000;
  for (;;) {
    const found = await mails(to);
    if (found.length > after) return found[0].code;
    if (Date.now() > until) throw new Error(`no mail for ${to} arrived within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 20)); // between two looks into the mailbox
  }
}
