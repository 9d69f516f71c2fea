// The page around the camera (live.js): what it asks the server for, and what it shows at the end.

import assert from "node:assert/strict";
import { test } from "node:test";

import { file, open, parse, settled } from "./page.mjs";

const page = (photo = "") => `
<form data-live data-start="/live/start/" data-task="verify" data-max-bytes="10" data-max-megabytes="1">
  <div class="live__settings">${photo}<input name="false_match_rate" value="0.001"></div>
  <div data-live-verdict hidden></div>
  <faceverify-live data-live-camera></faceverify-live>
</form>`;
const PHOTO = `<input name="photo" type="file"><div data-error-for="photo" hidden></div>`;
const RESULT = `
<section class="verdict"><div class="verdict__words"><h1>Same person</h1></div><p>Much more</p></section>`;

async function given({ photo = "", answer = async () => ({}) } = {}) {
  const asked = [];
  const opened = await open(page(photo), "live.js", {
    fetch: async (...what) => {
      asked.push(what);
      return answer(...what);
    },
    DOMParser: class {
      parseFromString(html) {
        const [found] = parse(html);
        return { querySelector: (selector) => (found?.matches(selector) ? found : null) };
      }
    },
  });
  const camera = opened.find("[data-live-camera]");
  return Object.assign(opened, { asked, camera, error: () => opened.text('[data-error-for="photo"]') });
}

const says = (status, told) => async () => ({ status, ok: status < 400, json: async () => told });

test("a session is asked for with what the form says, and given to the camera", async () => {
  const page = await given({ answer: says(201, { id: "7", token: "t", socket: "/live/sessions/7/" }) });

  const session = await page.camera.prepare();

  assert.deepEqual([session.session, session.token, session.socket], ["7", "t", "/live/sessions/7/"]);
  const [[address, { method, body }]] = page.asked;
  assert.deepEqual([address, method, body.get("task"), body.get("challenge")], ["/live/start/", "POST", "verify", false]);
});

for (const [status, told, code, detail] of [
  [429, { detail: "All taken." }, "limit", "All taken."],
  [422, { errors: { person: ["Nobody.", "At all."] } }, "refused", "Nobody. At all."],
  [503, null, "gone", undefined],
]) {
  test(`an answer of ${status} is told as what it means`, async () => {
    const page = await given({ answer: says(status, told) });

    const error = await page.camera.prepare().catch((thrown) => thrown);

    assert.deepEqual([error.code, error.detail], [code, detail]);
  });
}

test("who is signed out is told so, and a server that is away is gone", async () => {
  const page = await given({ answer: async () => ({ type: "opaqueredirect", status: 0, ok: false, json: async () => null }) });
  const signedOut = await page.camera.prepare().catch((thrown) => thrown);

  const away = await given({ answer: () => Promise.reject(new Error("away")) });
  const gone = await away.camera.prepare().catch((thrown) => thrown);

  assert.equal(signedOut.code, "refused");
  assert.match(signedOut.detail, /Sign in/);
  assert.equal(gone.code, "gone");
});

test("the camera stays off until there is a photo that can be sent", async () => {
  const page = await given({ photo: PHOTO });
  const input = page.find('[name="photo"]');

  assert.equal(page.camera.fire("starting").defaultPrevented, true);
  assert.notEqual(page.error(), "");
  assert.equal(page.document.activeElement, input);
  input.files = [file("large.jpg", 11)];
  assert.equal(page.camera.fire("starting").defaultPrevented, true);
  input.files = [file("ada.jpg", 4)];
  assert.equal(page.camera.fire("starting").defaultPrevented, false);
  assert.equal(page.error(), "");
});

test("a photo that the server refuses is told at its field", async () => {
  const page = await given({ photo: PHOTO, answer: says(422, { errors: { photo: ["No face."] } }) });

  await page.camera.prepare().catch(() => {});

  assert.equal(page.error(), "No face.");
});

test("settings do not change while the camera runs", async () => {
  const page = await given();
  const setting = page.find('[name="false_match_rate"]');

  page.camera.fire("started");
  assert.equal(setting.disabled, true);
  page.camera.fire("ended", { detail: { reason: "cancelled" } });

  assert.equal(setting.disabled, false);
  assert.equal(page.find("[data-live-verdict]").hidden, true);
});

test("the verdict is shown in short, with the way to all of it", async () => {
  const page = await given({ answer: async () => ({ text: async () => RESULT }) });

  page.camera.fire("ended", { detail: { reason: "finished", result: "/verifications/9/" } });
  await settled();

  const verdict = page.find("[data-live-verdict]");
  assert.equal(verdict.hidden, false);
  assert.equal(verdict.querySelector("h2").textContent, "Same person");
  assert.equal(verdict.querySelector("p"), null);
  assert.equal(verdict.querySelector("a").href, "/verifications/9/");
  assert.equal(page.document.activeElement, verdict);
});

test("a result that cannot be shown here is opened", async () => {
  const page = await given({ answer: async () => ({ text: async () => "" }) });

  page.camera.fire("ended", { detail: { reason: "finished", result: "/verifications/9/" } });
  await settled();

  assert.deepEqual(page.went, ["/verifications/9/"]);
});
