// Dates, numbers and letters by another engine. Standard input is a list of [kind, value]; standard
// output is what Node writes for each.

import { readFileSync } from "node:fs";

const inUtc = (options) => new Intl.DateTimeFormat("en-US", { timeZone: "UTC", ...options });
const long = inUtc({ weekday: "long", month: "long", day: "numeric" });
const clock = inUtc({ hour: "numeric", minute: "2-digit", second: "2-digit", hour12: true });
const grouped = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2 });

const kinds = {
  iso: (milliseconds) => new Date(Number(milliseconds)).toISOString(),
  rfc1123: (milliseconds) => new Date(Number(milliseconds)).toUTCString(),
  long: (milliseconds) => long.format(Number(milliseconds)),
  clock: (milliseconds) => clock.format(Number(milliseconds)).replace(/\s/u, " "),
  grouped: (number) => grouped.format(BigInt(number)),
  hexadecimal: (number) => BigInt.asUintN(64, BigInt(number)).toString(16),
  scientific: (number) => Number(number).toExponential(3),
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
};

const asked = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(([kind, value]) => kinds[kind](value))));
