import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { file, open } from "./page.mjs";

const card = (id) => `<li><input type="checkbox" name="ids" value="${id}"></li>`;
const PAGE = `
<form action="/people/1/photos/" data-upload data-max-bytes="100" data-max-megabytes="3">
  <input name="csrfmiddlewaretoken" value="token">
  <div data-upload-area><input name="photos" type="file" data-upload-input><button data-upload-camera hidden></button></div>
  <ul data-upload-list></ul>
</form>
<p id="photos-said"></p><div id="photo-watch"></div>
<form data-photos-selection>
  <div data-selection-bar><input type="checkbox" data-select-all><span data-selected-count></span>
    <button name="action">Delete selected</button></div>
</form>
<ul id="photo-grid">${card(1)}${card(2)}</ul>
<dialog data-camera><video data-camera-video></video><button data-camera-take></button>
  <p data-camera-error hidden></p><button data-camera-close></button></dialog>`;

async function given() {
  const asked = [];
  const htmx = { process: () => {}, trigger: (element, name) => asked.push([element.id, name]) };
  const page = await open(PAGE, "gallery.js", { htmx, fetch: async () => ({ type: "opaqueredirect" }) });
  page.asked = asked;
  page.choose = (...files) => {
    const input = page.find("[data-upload-input]");
    input.files = files;
    input.fire("change");
  };
  page.rows = () => page.find("[data-upload-list]").children;
  page.reason = (row = 0) => page.rows()[row].children.find((each) => each.className.includes("said")).textContent;
  page.buttons = (row = 0) => page.rows()[row].querySelectorAll("button").map((each) => each.textContent);
  page.said = () => page.text("#photos-said");
  return page;
}

test("two photos are sent at once and the others wait for their turn", async () => {
  const page = await given();

  page.choose(file("1.jpg"), file("2.jpg"), file("3.jpg"));

  assert.equal(page.rows().length, 3);
  assert.equal(page.requests.length, 2);
  assert.equal(page.requests[0].url, "/people/1/photos/");
  assert.equal(page.requests[0].data.get("csrfmiddlewaretoken"), "token");
  assert.equal(page.requests[0].data.get("photos").name, "1.jpg");
  await page.requests[0].answer(502, "<html>");
  assert.equal(page.requests[2].data.get("photos").name, "3.jpg");
});

test("each upload has a bar of its own", async () => {
  const page = await given();
  page.choose(file("1.jpg"), file("2.jpg"));

  page.requests[1].progress(1, 2);

  assert.deepEqual(page.all("progress").map((bar) => bar.value), [0, 0.5]);
});

test("a photo that was taken gets its card, and the page asks for its state once", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const page = await given();
  page.choose(file("1.jpg"), file("2.jpg"));

  await page.requests[0].answer(200, { html: [card(3)], errors: [], again: 0 });
  await page.requests[1].answer(200, { html: [card(4)], errors: [], again: 0 });
  context.mock.timers.tick(600);

  assert.deepEqual(page.all('[name="ids"]').map((box) => box.value), ["4", "3", "1", "2"]);
  assert.equal(page.said(), "2.jpg is uploaded.");
  assert.deepEqual(page.rows(), []);
  assert.deepEqual(page.asked, [["photo-watch", "look"]]);
});

for (const [status, body, words, buttons] of [
  [200, { html: [], errors: ["Not a photo.", "Sorry."], again: 0 }, "Not a photo. Sorry.", ["Dismiss"]],
  [200, { html: [], errors: [], again: 1 }, "This photo is here already.", ["Dismiss"]],
  [404, "<html>", "This person is not in your gallery any more", ["Dismiss"]],
  [413, "<html>", "The photo is too large for this server.", ["Dismiss"]],
  [403, "<html>", "You are signed out.", ["Try again", "Dismiss"]],
  [200, "<html>", "You are signed out.", ["Try again", "Dismiss"]],
  [500, "<html>", "The server could not take the photo.", ["Try again", "Dismiss"]],
]) {
  test(`an answer ${status} of ${JSON.stringify(body)} is explained in the photo's row`, async () => {
    const page = await given();
    page.choose(file("1.jpg"));

    await page.requests[0].answer(status, body);

    assert.ok(page.reason().startsWith(words), page.reason());
    assert.ok(page.said().startsWith(`1.jpg: ${words}`), page.said());
    assert.deepEqual(page.buttons(), buttons);
  });
}

test("a photo that the server did not get can be sent again", async () => {
  const page = await given();
  globalThis.fetch = () => Promise.reject(new Error("no network"));
  page.choose(file("1.jpg"));
  await page.requests[0].fail();
  assert.equal(page.reason(), "The server cannot be reached.");

  page.rows()[0].querySelector("button").click();

  assert.equal(page.requests[1].data.get("photos").name, "1.jpg");
  assert.equal(page.rows().length, 1);
});

test("an empty photo and one that is too large are refused here, and a dismissed row hands the focus on", async () => {
  const page = await given();

  page.choose(file("empty.jpg", 0), file("large.jpg", 101));

  assert.deepEqual(page.requests, []);
  assert.equal(page.reason(0), "The file is empty. Choose the photo again.");
  assert.match(page.reason(1), /^The file is larger than 3 MB\./);
  const [, second] = page.all("button").filter((each) => each.textContent === "Dismiss");
  page.all("button").find((each) => each.textContent === "Dismiss").click();
  assert.equal(page.document.activeElement, second);
  second.click();
  assert.equal(page.document.activeElement, page.find("[data-upload-input]"));
});

test("photos are also dropped and pasted", async () => {
  const page = await given();

  page.find("[data-upload-area]").fire("drop", { dataTransfer: { files: [file("1.jpg")] } });
  page.document.fire("paste", { clipboardData: { files: [file("2.png", 4, "image/png"), file("3.txt", 4, "text/plain")] } });

  assert.deepEqual(page.requests.map((each) => each.data.get("photos").name), ["1.jpg", "2.png"]);
});

test("leaving the page is asked about while photos are on their way", async () => {
  const page = await given();
  const leaving = () => page.window.fire("beforeunload").defaultPrevented;
  assert.equal(leaving(), false);

  page.choose(file("1.jpg"));
  assert.equal(leaving(), true);
  await page.requests[0].answer(200, { html: [], errors: [], again: 1 });

  assert.equal(leaving(), false);
});

test("the selection counts its photos, and nothing can be done with none", async () => {
  const page = await given();
  const state = () => {
    const all = page.find("[data-select-all]");
    return [all.checked, all.indeterminate, page.text("[data-selected-count]"), page.find('[name="action"]').disabled];
  };
  assert.deepEqual(state(), [false, false, "", true]);

  page.find('[name="ids"]').checked = true;
  page.find("#photo-grid").fire("change");
  assert.deepEqual(state(), [false, true, "1 selected", false]);
  page.find("[data-select-all]").checked = true;
  page.find("[data-select-all]").fire("change");

  assert.deepEqual(state(), [true, false, "2 selected", false]);
  page.find("#photo-grid").replaceChildren();
  page.document.body.fire("htmx:load");
  assert.equal(page.find("[data-selection-bar]").hidden, true);
});

test("a lost connection is tried again, and a person that is gone reloads the page", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const page = await given();

  page.document.body.fire("htmx:sendError");
  page.document.body.fire("htmx:responseError", { detail: { xhr: { status: 502 } } });
  mock.timers.tick(3000);
  page.document.body.fire("htmx:responseError", { detail: { xhr: { status: 404 } } });

  assert.deepEqual(page.asked, [["photo-watch", "look"]]);
  assert.deepEqual(page.went, ["reload"]);
  mock.timers.reset();
});
