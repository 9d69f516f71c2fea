import assert from "node:assert/strict";
import { test } from "node:test";

import { file, open } from "./page.mjs";

const FORM = `
<form action="/imports/" data-zip data-max-bytes="100" data-max-megabytes="3">
  <input name="archive" type="file" data-zip-input>
  <ul><li data-zip-row hidden><span data-zip-name></span><progress data-zip-bar></progress><span data-zip-said></span></li></ul>
  <div data-zip-problem></div>
</form>`;

async function given() {
  const page = await open(FORM, "import.js");
  page.choose = (chosen) => {
    const input = page.find("[data-zip-input]");
    input.files = [chosen];
    input.fire("change");
  };
  page.leaving = () => page.window.fire("beforeunload").defaultPrevented;
  return page;
}

test("a chosen ZIP is sent at once, with its progress, and its import is opened", async () => {
  const page = await given();

  page.choose(file("family.zip"));

  const [request] = page.requests;
  assert.equal(request.url, "/imports/");
  assert.equal(page.text("[data-zip-name]"), "family.zip");
  assert.equal(page.find("[data-zip-row]").hidden, false);
  request.progress(1, 4);
  assert.deepEqual([page.find("[data-zip-bar]").value, page.text("[data-zip-said]")], [0.25, "Uploading"]);
  request.progress(4, 4);
  assert.equal(page.text("[data-zip-said]"), "Uploaded, being stored");
  assert.equal(page.leaving(), true);
  await request.answer(201, { location: "/imports/3/" });
  assert.deepEqual(page.went, ["/imports/3/"]);
  assert.equal(page.leaving(), false);
});

test("a ZIP that is too large is not sent", async () => {
  const page = await given();

  page.choose(file("family.zip", 101));

  assert.deepEqual(page.requests, []);
  assert.match(page.text("[data-zip-problem]"), /^The ZIP is larger than 3 MB\. Split it/);
});

for (const [status, body, words] of [
  [422, { error: "This is no ZIP." }, "This is no ZIP."],
  [413, "<html>", "The ZIP is too large for this server."],
  [403, "<html>", "You are signed out."],
  [200, "<html>", "You are signed out."],
  [500, "<html>", "The server could not take the ZIP."],
  [0, null, "The server cannot be reached."],
]) {
  test(`an answer ${status} of ${JSON.stringify(body)} is explained, and another ZIP can be chosen`, async () => {
    const page = await given();
    page.choose(file("family.zip"));

    await (status ? page.requests[0].answer(status, body) : page.requests[0].fail());

    assert.ok(page.text("[data-zip-problem]").startsWith(words), page.text("[data-zip-problem]"));
    assert.equal(page.find("[data-zip-row]").hidden, true);
    assert.equal(page.leaving(), false);
    page.choose(file("other.zip"));
    assert.equal(page.text("[data-zip-problem]"), "");
    assert.equal(page.requests.length, 2);
  });
}

test("a dropped ZIP is sent, but not a second one on top of it", async () => {
  const page = await given();
  const drop = (...files) => page.find("form").fire("drop", { dataTransfer: { files } });

  drop();
  drop(file("1.zip"));
  drop(file("2.zip"));

  assert.equal(page.requests.length, 1);
  assert.equal(page.text("[data-zip-name]"), "1.zip");
  assert.equal(page.find("[data-zip-input]").files[0].name, "1.zip");
});
