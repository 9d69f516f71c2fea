// A drop zone around each file input, one or two. The form stays an ordinary one: what is dropped, pasted
// or taken with the camera is put into its file input, and a failed submit loses nothing.

import { openCamera } from "./camera.js";
import { Sending } from "./sending.js";
import { acceptDrops, acceptPastes, keepPageOnDrop, photoProblem } from "./upload.js";

const form = document.querySelector("[data-compare]");
const zones = [];

const sending = new Sending(form, {
  check() {
    for (const zone of zones) {
      sending.showError(zone.name, zone.file ? problems(zone.file) : ["Choose a photo."]);
    }
  },
  marked(name, wrong) {
    zones.find((zone) => zone.name === name)?.root.classList.toggle("drop--invalid", wrong);
  },
  refusals: { 413: "The photos are too large for this server. Choose smaller ones." },
});

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
    this.area.addEventListener("dragover", (event) => event.preventDefault());
    acceptDrops(this.area, { root, className: "drop--over", onFiles: (files) => takeFiles(this, files) });
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
      sending.showError(this.name, problems(file));
    } else {
      this.preview.removeAttribute("src");
    }
  }
}

function problems(file) {
  const problem = photoProblem(file, form.dataset);
  return problem ? [problem] : [];
}

// The first file goes where it was put, a second one into the other zone when that is empty.
function takeFiles(zone, files) {
  if (!files.length) return;
  zone.put(files[0]);
  const other = zones.find((candidate) => candidate !== zone);
  if (files.length > 1 && other && !other.file) other.put(files[1]);
}

for (const root of form.querySelectorAll("[data-drop]")) zones.push(new Zone(root));

keepPageOnDrop();
acceptPastes((files) => {
  const inside = zones.find((zone) => zone.root.contains(document.activeElement));
  takeFiles(inside ?? zones.find((zone) => !zone.file) ?? zones[0], files);
});
