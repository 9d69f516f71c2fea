import assert from "node:assert/strict";
import { test } from "node:test";

import { open, settled } from "./page.mjs";

const DIALOG = `
<dialog data-camera><video data-camera-video></video><svg data-camera-oval></svg><p data-camera-hint></p>
  <img data-camera-shot hidden><p data-camera-error hidden></p>
  <button data-camera-take></button><button data-camera-use hidden></button><button data-camera-retake hidden></button>
  <button data-camera-turn hidden></button><button data-camera-close></button></dialog>`;

// `ask` is what the browser does when the page asks for the camera.
async function given(ask) {
  const page = await open(DIALOG, "camera.js", { navigator: { mediaDevices: { getUserMedia: ask } } });
  page.photos = [];
  page.dialog = page.find("dialog");
  const video = page.find("video");
  Object.assign(video, { videoWidth: 640, videoHeight: 480, play: async () => {} });
  const create = page.document.createElement;
  page.document.createElement = (tag) =>
    Object.assign(create(tag), {
      getContext: () => ({ drawImage: (source) => assert.equal(source, video) }),
      toBlob: (take, type) => take(new Blob([new Uint8Array(3)], { type })),
    });
  page.openCamera = () => page.module.openCamera((photo) => page.photos.push(photo));
  return page;
}

function stream() {
  const track = { stopped: false, stop: () => (track.stopped = true) };
  return { track, getTracks: () => [track] };
}

test("a photo is looked at, taken again, and used as a JPEG file; then the camera goes off", async () => {
  const opened = stream();
  const page = await given(async () => opened);

  await page.openCamera();
  assert.equal(page.find("video").srcObject, opened);
  assert.equal(page.find("[data-camera-take]").disabled, false);
  const hidden = (name) => page.find(`[data-camera-${name}]`).hidden;
  page.find("[data-camera-take]").click();
  assert.deepEqual(["video", "oval", "take", "shot", "use", "retake"].map(hidden), [true, true, true, false, false, false]);
  assert.deepEqual(page.photos, []);
  page.find("[data-camera-retake]").click();
  assert.deepEqual(["video", "oval", "take", "shot", "use", "retake"].map(hidden), [false, false, false, true, true, true]);
  page.find("[data-camera-take]").click();
  page.find("[data-camera-use]").click();

  assert.equal(page.photos.length, 1);
  const [photo] = page.photos;
  assert.match(photo.name, /^camera-\d\d-\d\d-\d\d\.jpg$/);
  assert.deepEqual([photo.type, photo.size], ["image/jpeg", 3]);
  assert.equal(page.dialog.open, false);
  assert.equal(opened.track.stopped, true);
  assert.equal(page.find("video").srcObject, null);
});

test("with two cameras the other one can be chosen", async () => {
  const asked = [];
  const page = await given(async (wanted) => asked.push(wanted.video.facingMode) && stream());
  navigator.mediaDevices.enumerateDevices = async () => [{ kind: "videoinput" }, { kind: "videoinput" }];
  await page.openCamera();
  assert.equal(page.find("[data-camera-turn]").hidden, false);

  page.find("[data-camera-turn]").click();
  await settled();

  assert.deepEqual(asked, ["user", "environment"]);
  assert.equal(page.find("video").classList.contains("camera__video--mirrored"), false);
});

test("closing the dialog turns the camera off and takes no photo", async () => {
  const opened = stream();
  const page = await given(async () => opened);
  await page.openCamera();

  page.find("[data-camera-close]").click();

  assert.equal(opened.track.stopped, true);
  assert.deepEqual(page.photos, []);
});

test("a camera that comes after the dialog was closed is turned off at once", async () => {
  const opened = stream();
  let allow = null;
  const page = await given(() => new Promise((resolve) => (allow = resolve)));
  page.openCamera();

  page.find("[data-camera-close]").click();
  allow(opened);
  await settled();

  assert.equal(opened.track.stopped, true);
  assert.equal(page.find("[data-camera-take]").disabled, true);
});

for (const [name, words] of [
  ["NotAllowedError", "Allow it in the address bar"],
  ["NotFoundError", "No camera was found."],
  ["NotReadableError", "in use by another program"],
  ["AbortError", "The camera cannot be used. Choose a file instead."],
]) {
  test(`${name} is explained, and gone at the next try`, async () => {
    let works = false;
    const page = await given(async () => {
      if (!works) throw Object.assign(new Error("no"), { name });
      return stream();
    });

    await page.openCamera();

    const error = page.find("[data-camera-error]");
    assert.equal(error.hidden, false);
    assert.ok(error.textContent.includes(words), error.textContent);
    assert.equal(page.find("[data-camera-take]").disabled, true);
    works = true;
    await page.openCamera();
    assert.equal(error.hidden, true);
  });
}
