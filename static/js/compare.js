// A drop zone around each file input, one or two. The form stays an ordinary one: what is dropped, pasted
// or taken with the camera is put into its file input, and a failed submit loses nothing.

import { openCamera } from "./camera.js";

const form = document.querySelector("[data-compare]");
const maxBytes = Number(form.dataset.maxBytes);
const alertBox = form.querySelector("[data-form-error]");
const alertText = form.querySelector("[data-form-error-text]");
const submit = form.querySelector("[data-submit]");
const submitLabel = form.querySelector("[data-submit-label]");
const submitText = submitLabel.textContent;
const progress = form.querySelector("[data-progress]");
const progressText = form.querySelector("[data-progress-text]");

const zones = [];

function showError(name, messages) {
  const box = form.querySelector(`[data-error-for="${name}"]`);
  if (!box) return;
  box.replaceChildren(
    ...messages.map((text) => Object.assign(document.createElement("p"), { textContent: text })),
  );
  box.hidden = messages.length === 0;
  for (const input of form.querySelectorAll(`[name="${name}"]`)) {
    if (messages.length) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  zones.find((zone) => zone.name === name)?.root.classList.toggle("drop--invalid", messages.length > 0);
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

class Zone {
  constructor(root) {
    this.root = root;
    this.name = root.dataset.drop;
    this.input = root.querySelector("[data-input]");
    this.preview = root.querySelector("[data-preview]");
    this.empty = root.querySelector("[data-empty]");
    this.label = root.querySelector("[data-name]");
    this.remove = root.querySelector("[data-remove]");
    this.camera = root.querySelector("[data-camera-open]");
    this.area = root.querySelector("[data-drop-area]");

    this.input.addEventListener("change", () => this.show());
    this.remove.addEventListener("click", () => {
      this.put(null);
      this.input.focus();
    });
    this.preview.addEventListener("error", () => {
      if (!this.preview.src) return;
      this.preview.hidden = true;
      this.empty.hidden = false;
      this.label.textContent += ": this browser cannot show it";
    });
    if (navigator.mediaDevices?.getUserMedia) {
      this.camera.hidden = false;
      this.camera.addEventListener("click", () => openCamera((file) => this.put(file)));
    }
    let depth = 0; // dragenter and dragleave also come from the children
    this.area.addEventListener("dragenter", (event) => {
      event.preventDefault();
      depth += 1;
      root.classList.add("drop--over");
    });
    this.area.addEventListener("dragover", (event) => event.preventDefault());
    this.area.addEventListener("dragleave", () => {
      depth -= 1;
      if (depth <= 0) root.classList.remove("drop--over");
    });
    this.area.addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      root.classList.remove("drop--over");
      takeFiles(this, event.dataTransfer.files);
    });
    this.show();
  }

  get file() {
    return this.input.files[0];
  }

  put(file) {
    const list = new DataTransfer();
    if (file) list.items.add(file);
    this.input.files = list.files;
    this.show();
  }

  show() {
    const file = this.file;
    if (this.preview.src) URL.revokeObjectURL(this.preview.src);
    this.preview.hidden = !file;
    this.empty.hidden = Boolean(file);
    this.remove.hidden = !file;
    this.root.classList.toggle("drop--filled", Boolean(file));
    this.label.textContent = file ? `${file.name}, ${size(file.size)}` : "";
    if (file) {
      this.preview.src = URL.createObjectURL(file);
      this.preview.alt = `Preview: ${file.name}`;
      showError(this.name, this.problems(file));
    } else {
      this.preview.removeAttribute("src");
    }
  }

  problems(file) {
    if (file.size > maxBytes)
      return [`The file is larger than ${form.dataset.maxMegabytes} MB. Save the photo as a JPEG or at a smaller size.`];
    if (file.size === 0) return ["The file is empty. Choose the photo again."];
    return [];
  }
}

// The first file goes where it was put, a second one into the other zone when that is empty.
function takeFiles(zone, files) {
  if (!files.length) return;
  zone.put(files[0]);
  const other = zones.find((candidate) => candidate !== zone);
  if (files.length > 1 && other && !other.file) other.put(files[1]);
}

for (const root of form.querySelectorAll("[data-drop]")) zones.push(new Zone(root));

// A drop beside the zones would otherwise replace the page by the photo.
for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());

document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
  if (!files.length) return;
  event.preventDefault();
  const inside = zones.find((zone) => zone.root.contains(document.activeElement));
  takeFiles(inside ?? zones.find((zone) => !zone.file) ?? zones[0], files);
});

function busy(text) {
  submit.disabled = Boolean(text);
  submitLabel.textContent = text ? "Sending" : submitText;
  progress.hidden = !text;
  progress.value = 0;
  progressText.textContent = text;
}

function failed(text) {
  busy("");
  alertText.textContent = text;
  alertBox.hidden = !text;
}

function send() {
  const request = new XMLHttpRequest(); // fetch does not tell how much is uploaded
  request.open("POST", form.action || location.href);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    progress.value = event.loaded / event.total;
    if (event.loaded === event.total) progressText.textContent = "Checking the photos";
  });
  request.addEventListener("error", () => failed("The server cannot be reached. Your photos are still here: try again in a moment."));
  request.addEventListener("load", () => {
    let answer = null;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // a page instead of an answer: signed out, or a proxy's own word
    }
    if (request.status === 201 && answer?.location) return location.assign(answer.location);
    if (answer?.errors) {
      failed((answer.errors.__all__ ?? []).join(" "));
      for (const box of form.querySelectorAll("[data-error-for]"))
        showError(box.dataset.errorFor, answer.errors[box.dataset.errorFor] ?? []);
      return form.querySelector('[aria-invalid="true"]')?.focus();
    }
    if (request.status === 413) return failed("The photos are too large for this server. Choose smaller ones.");
    if (request.status === 429) return failed("That was too much at once. Wait a minute and try again.");
    if (request.status === 403 || request.status === 200)
      return failed("You are signed out. Sign in again in another tab, reload this page and choose the photos again.");
    return failed("The server could not take the photos. They are still here: try again in a moment.");
  });
  request.send(new FormData(form));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (submit.disabled) return;
  failed("");
  for (const zone of zones) {
    showError(zone.name, zone.file ? zone.problems(zone.file) : ["Choose a photo."]);
  }
  const invalid = form.querySelector('[aria-invalid="true"]');
  if (invalid) return invalid.focus();
  busy("Sending the photos");
  send();
});

// Back from the result: the button works again.
addEventListener("pageshow", (event) => {
  if (event.persisted) busy("");
});
