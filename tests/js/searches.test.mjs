import assert from "node:assert/strict";
import { test } from "node:test";

import { file, open } from "./page.mjs";

const field = (name) => `
<div><input name="${name}" type="file" data-pick><div data-previews></div><p data-picked></p></div>
<div data-error-for="${name}" hidden></div>`;
const FORM = `
<form action="/search/" data-search-form>
  ${field("probe")}${field("photos")}
  <button data-submit><span data-submit-label>Search</span></button>
  <progress data-progress hidden></progress><p data-progress-text></p>
  <div data-form-error hidden><p data-form-error-text></p></div>
</form>`;

async function given() {
  const page = await open(FORM, "searches.js");
  page.choose = (name, ...files) => {
    const input = page.find(`[name="${name}"]`);
    input.files = files;
    input.fire("change");
  };
  page.area = (name) => page.find(`[name="${name}"]`).parentElement;
  return page;
}

test("chosen photos are counted, and the first 24 are shown", async () => {
  const page = await given();

  page.choose("probe", file("ada.jpg"));
  page.choose("photos", ...Array.from({ length: 30 }, (_each, n) => file(`${n}.jpg`)));

  assert.deepEqual(page.all("[data-picked]").map((each) => each.textContent), ["ada.jpg", "30 photos chosen"]);
  assert.equal(page.area("photos").querySelectorAll("img").length, 24);
  page.choose("photos", file("one.jpg"));
  assert.equal(page.area("photos").querySelectorAll("img").length, 1);
});

test("a photo that the browser cannot show leaves no broken picture", async () => {
  const page = await given();
  page.choose("photos", file("1.heic"), file("2.jpg"));

  page.area("photos").querySelector("img").fire("error");

  assert.equal(page.area("photos").querySelectorAll("img").length, 1);
  assert.equal(page.area("photos").querySelector("[data-picked]").textContent, "2 photos chosen");
});

test("every field needs a photo, and loses its error with one", async () => {
  const page = await given();
  page.choose("probe", file("ada.jpg"));

  page.find("form").fire("submit");

  assert.deepEqual(page.requests, []);
  assert.equal(page.text('[data-error-for="photos"]'), "Choose a photo.");
  assert.equal(page.text('[data-error-for="probe"]'), "");
  page.choose("photos", file("1.jpg"));
  assert.equal(page.text('[data-error-for="photos"]'), "");
  page.find("form").fire("submit");
  assert.equal(page.requests.length, 1);
});

for (const status of [400, 413]) {
  test(`an answer ${status} of a server means too many photos`, async () => {
    const page = await given();
    page.choose("probe", file("ada.jpg"));
    page.choose("photos", file("1.jpg"));
    page.find("form").fire("submit");

    await page.requests[0].answer(status, "<html>");

    assert.equal(page.text("[data-form-error-text]"), "These are too many photos for this server. Choose fewer.");
  });
}

test("the area is lit while photos are above it", async () => {
  const page = await given();
  const lit = () => page.area("probe").classList.contains("pick__area--over");

  page.area("probe").fire("dragenter");
  assert.equal(lit(), true);
  page.area("probe").fire("drop");

  assert.equal(lit(), false);
});
