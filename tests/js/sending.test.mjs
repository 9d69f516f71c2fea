import assert from "node:assert/strict";
import { test } from "node:test";

import { open, settled } from "./page.mjs";

const FORM = `
<form action="/compare/" data-login="/login/">
  <input name="csrfmiddlewaretoken" value="old">
  <input name="probe" type="file">
  <div data-error-for="probe" hidden></div>
  <button data-submit><span data-submit-label>Compare</span></button>
  <progress data-progress hidden></progress><p data-progress-text></p>
  <div data-form-error hidden><p data-form-error-text></p></div>
</form>`;

// `here` is what the server answers when the page is asked for again.
async function given({ wrong = [], refusals = {}, here = () => Promise.reject(new Error("away")) } = {}) {
  const page = await open(FORM, "sending.js", { fetch: async () => here() });
  page.marks = [];
  page.sending = new page.module.Sending(page.find("form"), {
    check: () => page.sending.showError("probe", wrong),
    marked: (...mark) => page.marks.push(mark),
    refusals,
  });
  page.submit = () => page.find("form").fire("submit");
  return page;
}

function failure(page) {
  return page.find("[data-form-error]").hidden ? null : page.text("[data-form-error-text]");
}

test("a form is posted once, with its progress, and the answer's place is opened", async () => {
  const page = await given();

  const event = page.submit();
  page.submit();

  assert.equal(event.defaultPrevented, true);
  const [request, ...others] = page.requests;
  assert.deepEqual(others, []);
  assert.deepEqual([request.method, request.url, request.headers.Accept], ["POST", "/compare/", "application/json"]);
  assert.equal(page.text("[data-submit-label]"), "Sending");
  request.progress(1, 4);
  assert.equal(page.find("[data-progress]").value, 0.25);
  assert.equal(page.window.fire("beforeunload").defaultPrevented, true);
  assert.equal(page.text("[data-progress-text]"), "Sending");
  request.progress(4, 4);
  assert.equal(page.text("[data-progress-text]"), "Checking what was sent");
  await request.answer(201, { location: "/results/7/" });
  assert.deepEqual(page.went, ["/results/7/"]);
  assert.equal(page.window.fire("beforeunload").defaultPrevented, false);
});

test("a wrong field is shown and focused, and nothing is sent", async () => {
  const page = await given({ wrong: ["Choose a photo."] });

  page.submit();

  assert.deepEqual(page.requests, []);
  assert.equal(page.text("[data-error-for]"), "Choose a photo.");
  assert.equal(page.find("[data-error-for]").hidden, false);
  assert.equal(page.document.activeElement, page.find('[aria-invalid="true"]'));
  assert.deepEqual(page.marks, [["probe", true]]);
});

test("an error that is mended goes away", async () => {
  const page = await given();
  page.sending.showError("probe", ["Choose a photo."]);

  page.sending.showError("probe", []);

  assert.equal(page.find("[data-error-for]").hidden, true);
  assert.equal(page.find('[aria-invalid="true"]'), null);
  assert.deepEqual(page.marks.at(-1), ["probe", false]);
});

test("the server's errors stand at their fields and above the form", async () => {
  const page = await given();
  page.submit();

  await page.requests[0].answer(422, { errors: { __all__: ["Two", "words"], probe: ["Not a photo."] } });

  assert.equal(failure(page), "Two words");
  assert.equal(page.text("[data-error-for]"), "Not a photo.");
  assert.equal(page.document.activeElement.name, "probe");
  assert.equal(page.text("[data-submit-label]"), "Compare");
});

for (const [status, body, words] of [
  [413, "<html>", "Choose smaller ones."],
  [429, { code: "throttled" }, "Too many requests. Wait a minute and try again."],
  [403, "<html>", "The server cannot be reached."],
  [201, "<html>", "The server could not take this."],
  [502, "<html>", "The server could not take this."],
]) {
  test(`an answer ${status} of ${JSON.stringify(body)} is explained and the form can be sent again`, async () => {
    const page = await given({ refusals: { 413: "Choose smaller ones." } });
    page.submit();

    await page.requests[0].answer(status, body);

    assert.ok(failure(page).startsWith(words), failure(page));
    assert.deepEqual(page.went, []);
    page.submit();
    assert.equal(page.requests.length, 2);
    assert.equal(failure(page), null);
  });
}

test("a server that cannot be reached loses nothing", async () => {
  const page = await given();
  page.submit();

  await page.requests[0].fail();

  assert.match(failure(page), /cannot be reached\. What you have chosen is still here/);
  assert.equal(page.find("[data-submit]").disabled, false);
});

const SIGNED_OUT = () => ({ type: "opaqueredirect", status: 0 });
const SIGNED_IN = () => ({ ok: true, status: 200, text: async () => '<input name="csrfmiddlewaretoken" value="new">' });

for (const [status, body] of [
  [403, "<html>"],
  [200, "<html>sign in</html>"],
  [0, null],
]) {
  test(`signed out while sending, told by an answer ${status}: nothing is lost, and the same button sends`, async () => {
    let here = SIGNED_OUT;
    const page = await given({ here: () => here() });
    page.submit();

    await (status ? page.requests[0].answer(status, body) : page.requests[0].fail());
    await settled();

    assert.match(failure(page), /^You are signed out\. Sign in again in another tab, come back here and press Compare again/);
    assert.deepEqual(page.all("a").map((link) => [link.href, link.getAttribute("target")]), [["/login/", "_blank"]]);
    here = SIGNED_IN;
    page.document.fire("visibilitychange");
    await settled();
    assert.equal(failure(page), null);
    assert.equal(page.text("[data-progress-text]"), "You are signed in again: press Compare.");
    assert.equal(page.find('[name="csrfmiddlewaretoken"]').value, "new");
    page.submit();
    await page.requests[1].answer(201, { location: "/results/7/" });

    assert.deepEqual(page.went, ["/results/7/"]);
  });
}

test("a form from before the last sign-in gets a new token and is sent once more by itself", async () => {
  const page = await given({ here: SIGNED_IN });
  page.submit();

  await page.requests[0].answer(403, "<html>");
  await settled();
  assert.equal(page.requests.length, 2);
  await page.requests[1].answer(201, { location: "/results/7/" });

  assert.deepEqual(page.went, ["/results/7/"]);
});

test("the button works again on the way back from the result", async () => {
  const page = await given();
  page.submit();

  page.window.fire("pageshow", { persisted: true });

  assert.equal(page.find("[data-submit]").disabled, false);
  assert.equal(page.find("[data-progress]").hidden, true);
});
