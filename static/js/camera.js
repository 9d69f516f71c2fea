// A photo from the camera, as a JPEG file: looked at before it is used. The camera is on only while the dialog
// is open.

import { gettext } from "./words.js";

const dialog = document.querySelector("[data-camera]");
const part = (name) => dialog?.querySelector(`[data-camera-${name}]`);
const video = part("video");
const take = part("take");
const turn = part("turn");
const shot = part("shot");
const use = part("use");
const retake = part("retake");
const error = part("error");
const live = [video, take, part("oval"), part("hint")]; // shown until a photo is taken
const taken = [shot, use, retake]; // shown afterwards
let stream = null;
let deliver = null;
let facing = "user";
let photo = null;

const REASONS = {
  NotAllowedError: gettext("The browser does not let this page use the camera. Allow it in the address bar, then try again."),
  NotFoundError: gettext("No camera was found. Connect one, or choose a file instead."),
  NotReadableError: gettext("The camera is in use by another program. Close that one, then try again."),
};

export async function openCamera(onPhoto) {
  deliver = onPhoto;
  dialog.showModal();
  await start();
}

async function start() {
  show(null);
  error.hidden = true;
  take.disabled = true;
  stop(stream);
  try {
    const opened = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 960 } },
    });
    if (!dialog.open) return stop(opened); // closed while the browser was asking
    stream = opened;
    video.srcObject = stream;
    video.classList.toggle("camera__video--mirrored", facing === "user");
    await video.play();
    take.disabled = false;
    take.focus();
    const cameras = (await navigator.mediaDevices.enumerateDevices?.()) ?? [];
    turn.hidden = cameras.filter((device) => device.kind === "videoinput").length < 2;
  } catch (reason) {
    error.textContent = REASONS[reason.name] ?? gettext("The camera cannot be used. Choose a file instead.");
    error.hidden = false;
  }
}

function stop(opened) {
  for (const track of opened?.getTracks() ?? []) track.stop();
}

// The photo that was taken, or the camera again.
function show(file) {
  if (shot.src) URL.revokeObjectURL(shot.src);
  photo = file;
  if (file) shot.src = URL.createObjectURL(file);
  else shot.removeAttribute("src");
  for (const element of live) element.hidden = Boolean(file);
  for (const element of taken) element.hidden = !file;
}

take?.addEventListener("click", () => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob(
    (blob) => {
      const time = new Date().toISOString().slice(11, 19).replaceAll(":", "-");
      show(new File([blob], `camera-${time}.jpg`, { type: "image/jpeg" }));
      use.focus();
    },
    "image/jpeg",
    0.95,
  );
});
retake?.addEventListener("click", () => {
  show(null);
  take.focus();
});
use?.addEventListener("click", () => {
  deliver(photo);
  dialog.close();
});
turn?.addEventListener("click", () => {
  facing = facing === "user" ? "environment" : "user";
  start();
});
part("close")?.addEventListener("click", () => dialog.close());
dialog?.addEventListener("close", () => {
  stop(stream);
  stream = null;
  video.srcObject = null;
  show(null);
});
