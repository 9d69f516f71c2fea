// What the types promise is there.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as client from "../src/index.js";

const types = await readFile(new URL("../src/index.d.ts", import.meta.url), "utf8");

test("every class and function of the types is exported", () => {
  const promised = [...types.matchAll(/^export (?:class|function) (\w+)/gm)].map((found) => found[1]);

  assert.deepEqual(promised.sort(), Object.keys(client).sort());
});

for (const name of ["Faceverify", "LiveSession"]) {
  test(`every method of ${name} is there`, () => {
    const [, body] = types.match(new RegExp(`class ${name} \\{(.*?)^\\}`, "ms"));
    const promised = [...body.matchAll(/^ {2}(\w+)\(/gm)].map((found) => found[1]);

    assert.ok(promised.length > 2);
    for (const each of promised) assert.equal(typeof client[name].prototype[each], "function", each);
  });
}
