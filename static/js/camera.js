// A photo from the webcam, as a JPEG file. The camera is on only while the dialog is open.

const dialog = document.querySelector("[data-camera]");
const video = dialog.querySelector("[data-camera-video]");
const take = dialog.querySelector("[data-camera-take]");
const error = dialog.querySelector("[data-camera-error]");
let stream = null;
let deliver = null;

const REASONS = {
  NotAllowedError: "The browser does not let this page use the camera. Allow it in the address bar, then try again.",
  NotFoundError: "No camera was found. Connect one, or choose a file instead.",
  NotReadableError: "The camera is in use by another program. Close that one, then try again.",
};

export async function openCamera(onPhoto) {
  deliver = onPhoto;
  error.hidden = true;
  take.disabled = true;
  dialog.showModal();
  try {
    const opened = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } },
    });
    if (!dialog.open) return stop(opened); // closed while the browser was asking
    stream = opened;
    video.srcObject = stream;
    await video.play();
    take.disabled = false;
    take.focus();
  } catch (reason) {
    error.textContent = REASONS[reason.name] ?? "The camera cannot be used. Choose a file instead.";
    error.hidden = false;
  }
}

function stop(opened) {
  for (const track of opened?.getTracks() ?? []) track.stop();
}

take.addEventListener("click", () => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob(
    (blob) => {
      const time = new Date().toISOString().slice(11, 19).replaceAll(":", "-");
      deliver(new File([blob], `camera-${time}.jpg`, { type: "image/jpeg" }));
      dialog.close();
    },
    "image/jpeg",
    0.95,
  );
});
dialog.querySelector("[data-camera-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  stop(stream);
  stream = null;
  video.srcObject = null;
});
