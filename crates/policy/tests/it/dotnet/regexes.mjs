// Regular expressions by another engine. Standard input is a list of [expression, flags, text];
// standard output is what each text becomes when every match is put into brackets, `null` where
// Node refuses the expression.

import { readFileSync } from "node:fs";

const compiled = new Map();

function expression(source, flags) {
  const key = `${flags}/${source}`;
  if (!compiled.has(key)) {
    try {
      compiled.set(key, new RegExp(source, `g${flags}`));
    } catch {
      compiled.set(key, null);
    }
  }
  return compiled.get(key);
}

const asked = JSON.parse(readFileSync(0, "utf8"));
const answers = asked.map(([source, flags, text]) => {
  const found = expression(source, flags);
  return found && text.replace(found, "[$&]").toWellFormed();
});
console.log(JSON.stringify(answers));
