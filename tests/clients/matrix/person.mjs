// People beside the demo's own two, and what happens to them while they use an app.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as demo from "../demo.mjs";

const zaguan = (words, input = "") =>
  execFileSync(
    process.env.ZAGUAN_BINARY,
    [...words.slice(0, 2), "--data", process.env.DEMO_DATA, "--tenant", demo.tenant, ...words.slice(2)],
    { encoding: "utf8", input, stdio: "pipe" },
  );

/** A person whom no other case knows. */
export function newPerson(name) {
  const person = { name: `${name.toLowerCase()}@contoso.example`, password: "Enchantress-1843" };
  zaguan(["user", "add", "--email", person.name, "--name", `${name} Newcomer`], person.password);
  return person;
}

/** An administrator voids a person's refresh tokens and ends their sessions. */
export function revoke(person) {
  zaguan(["user", "revoke", person.name]);
}

/** Moves the demo's clock on. */
export async function wait(by) {
  const answer = await fetch(`${demo.origin}/dev/clock`, { method: "POST", body: new URLSearchParams({ by }) });
  assert.equal(answer.status, 200, `the clock cannot be moved: ${await answer.text()}`);
}
