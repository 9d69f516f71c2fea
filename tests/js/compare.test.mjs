import assert from "node:assert/strict";
import { test } from "node:test";

import { file, open, settled } from "./page.mjs";

const zone = (name) => `
<fieldset data-drop="${name}" data-words="the ${name}" data-missing="Choose a photo."${name === "photos" ? " data-many" : ""}>
  <div data-drop-area>
    ${name === "photos" ? "<ul data-list hidden></ul>" : "<img data-preview hidden>"}<div data-empty></div>
    <input name="${name}" type="file" data-input>
    <button data-camera-open hidden></button><button data-remove hidden></button>
  </div>
  <p data-name></p><div data-error-for="${name}" hidden></div>
</fieldset>`;
const form = (...names) => `
<form action="/compare/" data-compare data-max-bytes="3000000" data-max-megabytes="3">
  <input name="csrfmiddlewaretoken" value="t1">
  ${names.map(zone).join("")}
  <p data-said></p><div data-same hidden><p data-same-text></p></div>
  <details><strong data-strictness></strong>
    <input name="false_match_rate" value="0.01" data-words="Relaxed, 1 in 100">
    <input name="false_match_rate" value="0.001" data-words="Standard, 1 in 1,000" checked></details>
  <button data-submit><span data-submit-label>Compare</span></button>
  <progress data-progress hidden></progress><p data-progress-text></p>
  <div data-form-error hidden><p data-form-error-text></p></div>
</form>
<dialog data-camera><video data-camera-video></video></dialog>`;

async function eventually(look) {
  for (let turn = 0; turn < 50 && !look(); turn += 1) await settled();
  assert.ok(look());
}

async function given(...names) {
  const page = await open(form(...(names.length ? names : ["probe", "reference"])), "compare.js");
  page.zone = (name) => page.find(`[data-drop="${name}"]`);
  page.area = (name) => page.zone(name).querySelector("[data-drop-area]");
  page.chosen = (name) => page.zone(name).querySelector("[data-input]").files[0]?.name;
  page.choose = (name, ...files) => {
    const input = page.zone(name).querySelector("[data-input]");
    input.files = files;
    input.fire("change");
  };
  page.error = (name) => page.text(`[data-error-for="${name}"]`);
  page.drop = (name, ...files) => page.area(name).fire("drop", { dataTransfer: { files } });
  page.paste = (...files) => page.document.fire("paste", { clipboardData: { files } });
  return page;
}

test("a chosen photo is shown with its name and size, and can be removed", async () => {
  const page = await given();

  page.choose("probe", file("ada.jpg", 2048));

  const root = page.zone("probe");
  assert.equal(root.querySelector("[data-name]").textContent, "ada.jpg, 2 kB");
  assert.equal(root.querySelector("[data-preview]").hidden, false);
  assert.match(root.querySelector("[data-preview]").src, /^blob:/);
  assert.equal(root.classList.contains("drop--filled"), true);
  root.querySelector("[data-remove]").click();
  assert.equal(page.chosen("probe"), undefined);
  assert.equal(root.querySelector("[data-preview]").hidden, true);
  assert.equal(root.classList.contains("drop--filled"), false);
  assert.equal(page.document.activeElement, root.querySelector("[data-input]"));
});

for (const [bytes, shown] of [
  [1, "1 kB"],
  [999_999, "977 kB"],
  [1_000_000, "1.0 MB"],
  [2_621_440, "2.5 MB"],
]) {
  test(`${bytes} bytes are shown as ${shown}`, async () => {
    const page = await given();

    page.choose("probe", file("ada.jpg", bytes));

    assert.equal(page.text("[data-name]"), `ada.jpg, ${shown}`);
  });
}

test("an empty file and one that is too large are refused where they were chosen", async () => {
  const page = await given();

  page.choose("probe", file("empty.jpg", 0));
  page.choose("reference", file("large.jpg", 3_000_001));

  assert.equal(page.error("probe"), "The file is empty. Choose the photo again.");
  assert.match(page.error("reference"), /^The file is larger than 3 MB\./);
  assert.equal(page.zone("probe").classList.contains("drop--invalid"), true);
  page.find("form").fire("submit");
  assert.deepEqual(page.requests, []);
});

test("without photos nothing is sent, and each zone asks for one", async () => {
  const page = await given();

  page.find("form").fire("submit");

  assert.deepEqual([page.error("probe"), page.error("reference")], ["Choose a photo.", "Choose a photo."]);
  assert.deepEqual(page.requests, []);
});

test("two photos are sent", async () => {
  const page = await given();
  page.choose("probe", file("ada.jpg"));
  page.choose("reference", file("bea.jpg"));

  page.find("form").fire("submit");

  assert.equal(page.requests.length, 1);
});

test("of two dropped photos the second fills the other zone, unless that has one", async () => {
  const page = await given();

  page.drop("reference", file("1.jpg"), file("2.jpg"));
  assert.deepEqual([page.chosen("probe"), page.chosen("reference")], ["2.jpg", "1.jpg"]);
  page.drop("reference", file("3.jpg"), file("4.jpg"));

  assert.deepEqual([page.chosen("probe"), page.chosen("reference")], ["2.jpg", "3.jpg"]);
});

test("a form of one photo takes the first of two", async () => {
  const page = await given("probe");

  page.drop("probe", file("1.jpg"), file("2.jpg"));

  assert.equal(page.chosen("probe"), "1.jpg");
});

test("a drop of no file, and one beside the zones, changes nothing and keeps the page", async () => {
  const page = await given();
  page.choose("probe", file("ada.jpg"));

  page.drop("probe");
  const beside = page.find("form").fire("drop", { dataTransfer: { files: [file("1.jpg")] } });

  assert.equal(beside.defaultPrevented, true);
  assert.equal(page.chosen("probe"), "ada.jpg");
});

test("a zone is lit until the last of its children is left", async () => {
  const page = await given();
  const lit = () => page.zone("probe").classList.contains("drop--over");

  page.area("probe").fire("dragenter");
  page.find("[data-preview]").fire("dragenter");
  page.area("probe").fire("dragleave");
  assert.equal(lit(), true);
  page.area("probe").fire("dragleave");

  assert.equal(lit(), false);
});

test("a pasted image fills the zone with the focus if that is empty, else the other, and it is said", async () => {
  const page = await given();

  page.choose("probe", file("ada.jpg"));
  page.zone("probe").querySelector("[data-remove]").focus();
  page.paste(file("1.png", 4, "image/png"));

  assert.deepEqual([page.chosen("probe"), page.chosen("reference")], ["ada.jpg", "1.png"]);
  assert.equal(page.text("[data-said]"), "Pasted as the reference.");
});

test("with both photos chosen a paste replaces the one with the focus, and without a focus none", async () => {
  const page = await given();
  page.paste(file("1.png", 4, "image/png"), file("2.png", 5, "image/png"));
  assert.equal(page.text("[data-said]"), "Pasted as the probe and the reference.");

  page.find("form").focus();
  page.paste(file("3.png", 6, "image/png"));
  assert.deepEqual([page.chosen("probe"), page.chosen("reference")], ["1.png", "2.png"]);
  assert.match(page.text("[data-said]"), /^Nothing was pasted: both photos are chosen\./);
  page.zone("reference").querySelector("[data-remove]").focus();
  page.paste(file("3.png", 6, "image/png"));

  assert.deepEqual([page.chosen("probe"), page.chosen("reference")], ["1.png", "3.png"]);
  assert.equal(page.text("[data-said]"), "Pasted in place of the reference.");
});

test("the same file twice is said to prove nothing, until one is another", async () => {
  const page = await given();
  const same = page.find("[data-same]");

  page.choose("probe", file("ada.jpg", 9));
  page.choose("reference", file("copy.jpg", 9));
  await eventually(() => !same.hidden);
  assert.match(page.text("[data-same-text]"), /^Both photos are the same file\. That they match proves nothing/);
  page.choose("reference", new File([new Uint8Array(9).fill(1)], "bea.jpg"));

  await eventually(() => same.hidden);
});

test("of many photos each can be taken out, more are added, and the photo of the person among them is named", async () => {
  const page = await given("probe", "photos");
  const names = () => page.zone("photos").querySelectorAll("img").map((image) => image.alt);

  page.choose("photos", file("1.jpg", 5), file("2.jpg", 6));
  page.choose("photos", file("2.jpg", 6), file("3.jpg", 7));
  assert.deepEqual(names(), ["1.jpg", "2.jpg", "3.jpg"]);
  assert.equal(page.zone("photos").querySelector("[data-name]").textContent, "3 photos chosen, 1 kB");
  page.zone("photos").querySelectorAll("button").find((each) => each.getAttribute("aria-label") === "Remove 2.jpg").click();
  assert.deepEqual(names(), ["1.jpg", "3.jpg"]);
  page.choose("probe", file("me.jpg", 7));

  await eventually(() => !page.find("[data-same]").hidden);
  assert.match(page.text("[data-same-text]"), /^3\.jpg is the photo of the person itself\./);
});

test("the line that stands for the options says what is chosen", async () => {
  const page = await given();
  assert.equal(page.text("[data-strictness]"), "Standard, 1 in 1,000");

  const [relaxed, standard] = page.all('[name="false_match_rate"]');
  Object.assign(relaxed, { checked: true });
  Object.assign(standard, { checked: false });
  relaxed.fire("change");

  assert.equal(page.text("[data-strictness]"), "Relaxed, 1 in 100");
});

test("a file that is no photo is shown by its name, judged by its own limit, and never pasted into", async () => {
  const page = await open(
    `<form data-compare>
       <fieldset data-drop="archive" data-missing="Choose the ZIP." data-max-bytes="100" data-max-megabytes="3">
         <div data-drop-area><div data-empty></div><input name="archive" data-input><button data-remove hidden></button></div>
         <p data-name></p><div data-error-for="archive" hidden></div></fieldset>
       <button data-submit><span data-submit-label>Import</span></button><progress data-progress></progress><p data-progress-text></p>
       <div data-form-error hidden><p data-form-error-text></p></div></form>`,
    "compare.js",
  );
  const input = page.find("[data-input]");

  page.find("form").fire("submit");
  assert.equal(page.text("[data-error-for]"), "Choose the ZIP.");
  page.find("[data-drop-area]").fire("drop", { dataTransfer: { files: [file("family.zip", 101, "application/zip")] } });
  assert.equal(page.text("[data-name]"), "family.zip, 1 kB");
  assert.match(page.text("[data-error-for]"), /^The file is larger than 3 MB\. Split it/);
  page.document.fire("paste", { clipboardData: { files: [file("1.png", 4, "image/png")] } });
  assert.equal(input.files[0].name, "family.zip");
  page.find("[data-remove]").click();

  assert.equal(page.text("[data-name]"), "");
});

test("a list and its ZIP go where they belong, dropped together or on the wrong place", async () => {
  const place = (name, accept) => `
    <fieldset data-drop="${name}"><div data-drop-area><div data-empty></div><input name="${name}" accept="${accept}" data-input></div>
      <p data-name></p><div data-error-for="${name}" hidden></div></fieldset>`;
  const page = await open(
    `<form data-compare data-max-bytes="100">${place("pairs", ".csv,.json,.txt")}${place("archive", ".zip")}
       <button data-submit><span data-submit-label>Compare all</span></button><progress data-progress></progress><p data-progress-text></p>
       <div data-form-error hidden><p data-form-error-text></p></div></form>`,
    "compare.js",
  );

  page.find("[data-drop-area]").fire("drop", { dataTransfer: { files: [file("photos.ZIP"), file("pairs.csv")] } });

  assert.deepEqual(page.all("[data-input]").map((input) => input.files[0]?.name), ["pairs.csv", "photos.ZIP"]);
});

test("pasted text stays a paste", async () => {
  const page = await given();

  const event = page.paste(file("notes.txt", 4, "text/plain"));

  assert.equal(event.defaultPrevented, false);
  assert.equal(page.chosen("probe"), undefined);
});

test("a photo that the browser cannot show is still there, by name", async () => {
  const page = await given();
  page.choose("probe", file("ada.heic"));

  page.find("[data-preview]").fire("error");

  assert.equal(page.text("[data-name]"), "ada.heic, 1 kB: this browser cannot show it");
  assert.equal(page.find("[data-preview]").hidden, true);
  assert.equal(page.chosen("probe"), "ada.heic");
});
