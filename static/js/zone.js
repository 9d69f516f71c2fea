// A place for photos, or for another file, around a file input: choose, drop or take one, see what is there,
// take it out again. The input stays an ordinary one, so the form is sent as it would be without this.

import { openCamera } from "./camera.js";
import { acceptDrops } from "./upload.js";
import { gettext, ngettext } from "./words.js";

export function size(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1024))} kB`;
  const megabytes = new Intl.NumberFormat(document.documentElement.lang || "en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return `${megabytes.format(bytes / 1048576)} MB`;
}

const same = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

export class Zone {
  // onFiles(zone, files): files were dropped here. onChange(zone): what is chosen has changed.
  constructor(root, { onFiles, onChange }) {
    this.root = root;
    this.name = root.dataset.drop;
    this.words = root.dataset.words; // what it is for, as in "the first photo"
    this.many = root.hasAttribute("data-many");
    this.onChange = onChange;
    this.input = root.querySelector("[data-input]");
    this.area = root.querySelector("[data-drop-area]");
    this.empty = root.querySelector("[data-empty]");
    this.label = root.querySelector("[data-name]");
    // Of one photo its preview, of many photos their list; of another file neither.
    this.preview = root.querySelector("[data-preview]");
    this.list = root.querySelector("[data-list]");
    this.remove = root.querySelector("[data-remove]");
    this.camera = root.querySelector("[data-camera-open]");
    this.files = [...this.input.files];

    this.input.addEventListener("change", () => {
      const chosen = [...this.input.files];
      if (this.many) this.add(chosen);
      else this.put(chosen);
    });
    this.remove?.addEventListener("click", () => {
      this.put([]);
      this.input.focus();
    });
    this.preview?.addEventListener("error", () => {
      if (!this.preview.src) return;
      this.preview.hidden = true;
      this.empty.hidden = false;
      this.label.textContent = gettext("%(file)s: this browser cannot show it", { file: this.label.textContent });
    });
    if (this.camera && navigator.mediaDevices?.getUserMedia) {
      this.camera.hidden = false;
      this.camera.addEventListener("click", () => openCamera((file) => this.add([file])));
    }
    this.area.addEventListener("dragover", (event) => event.preventDefault());
    acceptDrops(this.area, { root, className: "drop--over", onFiles: (files) => onFiles(this, [...files]) });
    this.show();
  }

  get file() {
    return this.files[0];
  }

  get holdsPhotos() {
    return Boolean(this.preview ?? this.list);
  }

  // Whether the name of a file ends as those do that belong here.
  accepts(file) {
    const endings = (this.input.getAttribute("accept") ?? "").split(",").map((each) => each.trim());
    return endings.some((ending) => file.name.toLowerCase().endsWith(ending));
  }

  // Whether another file would replace the one that is there.
  get isFull() {
    return !this.many && this.files.length > 0;
  }

  // A zone for one file takes the first of them, one for many those that it does not have yet.
  add(files) {
    if (!this.many) return this.put(files.slice(0, 1));
    this.put([...this.files, ...files.filter((file) => !this.files.some((each) => same(each, file)))]);
  }

  put(files) {
    const list = new DataTransfer();
    for (const file of files) list.items.add(file);
    this.input.files = list.files;
    this.files = files;
    this.show();
  }

  show() {
    const there = this.files.length > 0;
    this.empty.hidden = there;
    this.root.classList.toggle("drop--filled", there);
    if (this.list) this.showMany();
    else this.showOne();
    this.onChange(this);
  }

  showOne() {
    const file = this.file;
    if (this.remove) this.remove.hidden = !file;
    this.label.textContent = file ? `${file.name}, ${size(file.size)}` : "";
    if (!this.preview) {
      this.empty.hidden = false; // a file without a picture: its name is what there is to see
      return;
    }
    if (this.preview.src) URL.revokeObjectURL(this.preview.src);
    this.preview.hidden = !file;
    if (file) {
      this.preview.src = URL.createObjectURL(file);
      this.preview.alt = gettext("Preview: %(name)s", { name: file.name });
    } else {
      this.preview.removeAttribute("src");
    }
  }

  showMany() {
    const total = this.files.reduce((sum, file) => sum + file.size, 0);
    this.list.hidden = this.files.length === 0;
    for (const image of this.list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    this.list.replaceChildren(...this.files.map((file) => this.tile(file)));
    this.label.textContent =
      this.files.length === 0 ? "" : ngettext("%(number)s photo chosen, %(size)s", "%(number)s photos chosen, %(size)s", this.files.length, { size: size(total) });
  }

  tile(file) {
    const item = Object.assign(document.createElement("li"), { className: "drop__tile", title: file.name });
    const image = Object.assign(document.createElement("img"), { src: URL.createObjectURL(file), alt: file.name });
    image.setAttribute("loading", "lazy");
    image.addEventListener("error", () =>
      image.replaceWith(Object.assign(document.createElement("span"), { className: "drop__tile-name", textContent: file.name })),
    );
    const button = Object.assign(document.createElement("button"), { type: "button", className: "drop__tile-remove", textContent: "×" });
    button.setAttribute("aria-label", gettext("Remove %(name)s", { name: file.name }));
    button.addEventListener("click", () => {
      this.put(this.files.filter((each) => each !== file));
      (this.list.querySelector("button") ?? this.input).focus();
    });
    item.append(image, button);
    return item;
  }
}
