// A person's photos: uploads with a progress bar each, and the selection. Without this the upload
// is an ordinary form of several files.

import { openCamera } from "./camera.js";

const form = document.querySelector("[data-upload]");
const area = form.querySelector("[data-upload-area]");
const input = form.querySelector("[data-upload-input]");
const list = form.querySelector("[data-upload-list]");
const grid = document.getElementById("photo-grid");
const said = document.getElementById("photos-said");
const watch = document.getElementById("photo-watch");
const maxBytes = Number(form.dataset.maxBytes);
const AT_ONCE = 2;

const waiting = [];
let running = 0;

class Upload {
  constructor(file) {
    this.file = file;
    this.row = document.createElement("li");
    this.row.className = "upload-row";
    this.name = Object.assign(document.createElement("span"), { className: "upload-row__name", textContent: file.name });
    this.bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    this.bar.setAttribute("aria-label", `Upload of ${file.name}`);
    this.told = Object.assign(document.createElement("span"), { className: "upload-row__said small", hidden: true });
    this.row.append(this.name, this.bar, this.told);
    list.append(this.row);
    if (file.size > maxBytes)
      this.refuse(`The file is larger than ${form.dataset.maxMegabytes} MB. Save the photo as a JPEG or at a smaller size.`);
    else if (file.size === 0) this.refuse("The file is empty. Choose the photo again.");
    else waiting.push(this);
  }

  send() {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    data.append("photos", this.file, this.file.name);
    const request = new XMLHttpRequest(); // fetch does not tell how much is uploaded
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) this.bar.value = event.loaded / event.total;
    });
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.refuse("The server cannot be reached.", true));
    request.addEventListener("loadend", () => {
      running -= 1;
      next();
    });
    request.send(data);
  }

  answered(request) {
    let answer = null;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // a page instead of an answer: signed out, or a proxy's own word
    }
    if (answer?.html) {
      if (answer.errors.length) return this.refuse(answer.errors.join(" "));
      if (answer.again) return this.refuse("This photo is here already.");
      for (const html of answer.html) show(html);
      say(`${this.file.name} is uploaded.`);
      return this.row.remove();
    }
    if (request.status === 404) return this.refuse("This person is not in your gallery any more: perhaps deleted or merged in another window. Reload the page.");
    if (request.status === 413) return this.refuse("The photo is too large for this server. Choose a smaller one.");
    if (request.status === 403 || request.status === 200) return this.refuse("You are signed out. Sign in again in another tab, reload this page and choose the photo again.");
    return this.refuse("The server could not take the photo.", true);
  }

  refuse(reason, mayTryAgain = false) {
    this.bar.remove();
    this.row.classList.add("upload-row--refused");
    this.told.textContent = reason;
    this.told.hidden = false;
    const buttons = Object.assign(document.createElement("span"), { className: "upload-row__do" });
    if (mayTryAgain) buttons.append(button("Try again", `Try ${this.file.name} again`, () => this.again()));
    buttons.append(button("Dismiss", `Dismiss ${this.file.name}`, () => this.leave()));
    this.name.after(buttons);
    say(`${this.file.name}: ${reason}`);
  }

  again() {
    this.row.remove();
    add([this.file]);
  }

  leave() {
    const near = this.row.nextElementSibling ?? this.row.previousElementSibling;
    this.row.remove();
    (near?.querySelector("button") ?? input).focus();
  }
}

function button(text, name, action) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: text });
  made.setAttribute("aria-label", name);
  made.addEventListener("click", action);
  return made;
}

function say(text) {
  said.textContent = text;
}

function add(files) {
  for (const file of files) new Upload(file);
  next();
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    waiting.shift().send();
  }
}

// A card that the server has made; the page then asks for its state.
let due = null;
function look(delay = 600) {
  due ??= setTimeout(() => {
    due = null;
    window.htmx.trigger(watch, "look");
  }, delay);
}

function show(html) {
  grid.insertAdjacentHTML("afterbegin", html);
  window.htmx.process(grid.firstElementChild);
  selected();
  look();
}

function take() {
  const files = [...input.files];
  input.value = "";
  add(files);
}
input.addEventListener("change", take);
take(); // what was chosen before this script was here
form.addEventListener("submit", (event) => event.preventDefault());
if (navigator.mediaDevices?.getUserMedia) {
  const camera = form.querySelector("[data-upload-camera]");
  camera.hidden = false;
  camera.addEventListener("click", () => openCamera((file) => add([file])));
}
let depth = 0; // dragenter and dragleave also come from the children
area.addEventListener("dragenter", (event) => {
  event.preventDefault();
  depth += 1;
  form.classList.add("upload--over");
});
area.addEventListener("dragleave", () => {
  depth -= 1;
  if (depth <= 0) form.classList.remove("upload--over");
});
area.addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  form.classList.remove("upload--over");
  add(event.dataTransfer.files);
});
// A drop beside the area would otherwise replace the page by the photo.
for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());
document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
  if (!files.length) return;
  event.preventDefault();
  add(files);
});
addEventListener("beforeunload", (event) => {
  if (running || waiting.length) event.preventDefault();
});

// The network is away for a moment: ask again. The person is gone, or nobody is signed in: reload.
document.body.addEventListener("htmx:sendError", () => look(3000));
document.body.addEventListener("htmx:responseError", (event) => {
  if ([403, 404].includes(event.detail.xhr.status)) location.reload();
  else look(3000);
});

const selection = document.querySelector("[data-photos-selection]");
const bar = selection.querySelector("[data-selection-bar]");
const all = selection.querySelector("[data-select-all]");
const count = selection.querySelector("[data-selected-count]");
const boxes = () => [...grid.querySelectorAll('input[name="ids"]')];

function selected() {
  const shown = boxes();
  const chosen = shown.filter((box) => box.checked).length;
  bar.hidden = shown.length === 0;
  all.checked = chosen > 0 && chosen === shown.length;
  all.indeterminate = chosen > 0 && chosen < shown.length;
  count.textContent = chosen ? `${chosen} selected` : "";
  for (const action of bar.querySelectorAll("button")) action.disabled = chosen === 0;
}
all.addEventListener("change", () => {
  for (const box of boxes()) box.checked = all.checked;
  selected();
});
grid.addEventListener("change", selected);
document.body.addEventListener("htmx:load", selected);
addEventListener("pageshow", selected);
selected();
