// A person's photos: uploads with a progress bar each, and the selection. Without this the upload
// is an ordinary form of several files.

import { openCamera } from "./camera.js";
import { OUT, sendSignedIn } from "./session.js";
import { acceptDrops, acceptPastes, keepPageOnDrop, photoProblem, post } from "./upload.js";
import { gettext, ngettext } from "./words.js";

const form = document.querySelector("[data-upload]");
const area = form.querySelector("[data-upload-area]");
const input = form.querySelector("[data-upload-input]");
const list = form.querySelector("[data-upload-list]");
const grid = document.getElementById("photo-grid");
const announcer = document.getElementById("photos-said");
const watch = document.getElementById("photo-watch");
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
    this.bar.setAttribute("aria-label", gettext("Upload of %(name)s", { name: file.name }));
    this.note = Object.assign(document.createElement("span"), { className: "upload-row__said small", hidden: true });
    this.row.append(this.name, this.bar, this.note);
    list.append(this.row);
    const problem = photoProblem(file, form.dataset);
    if (problem) this.refuse(problem);
    else waiting.push(this);
  }

  async send() {
    const { status, answer, session } = await sendSignedIn(form, () => {
      const data = new FormData();
      data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      data.append("photos", this.file, this.file.name);
      return post(form.action, data, (share) => {
        this.bar.value = share;
      });
    });
    try {
      if (session === OUT) this.refuse(gettext("You are signed out. Sign in again in another tab, then try again here."), true);
      else this.answered(status, answer);
    } finally {
      running -= 1;
      next();
    }
  }

  answered(status, answer) {
    if (status === 0) return this.refuse(gettext("The server cannot be reached."), true);
    if (answer?.html) {
      if (answer.errors.length) return this.refuse(answer.errors.join(" "));
      if (answer.again) return this.refuse(gettext("This photo is here already."));
      for (const html of answer.html) show(html);
      say(gettext("%(name)s is uploaded.", { name: this.file.name }));
      return this.row.remove();
    }
    if (status === 404) return this.refuse(gettext("This person is not in your gallery any more: perhaps deleted or merged in another window. Reload the page."));
    if (status === 413) return this.refuse(gettext("The photo is too large for this server. Choose a smaller one."));
    return this.refuse(gettext("The server could not take the photo."), true);
  }

  refuse(reason, mayTryAgain = false) {
    this.bar.remove();
    this.row.classList.add("upload-row--refused");
    this.note.textContent = reason;
    this.note.hidden = false;
    const buttons = Object.assign(document.createElement("span"), { className: "upload-row__do" });
    if (mayTryAgain) buttons.append(button(gettext("Try again"), gettext("Try %(name)s again", { name: this.file.name }), () => this.again()));
    buttons.append(button(gettext("Dismiss"), gettext("Dismiss %(name)s", { name: this.file.name }), () => this.leave()));
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
  announcer.textContent = text;
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
function refresh(delay = 600) {
  due ??= setTimeout(() => {
    due = null;
    window.htmx.trigger(watch, "look");
  }, delay);
}

function show(html) {
  grid.insertAdjacentHTML("afterbegin", html);
  window.htmx.process(grid.firstElementChild);
  selected();
  refresh();
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
acceptDrops(area, { root: form, className: "upload--over", onFiles: add });
keepPageOnDrop();
acceptPastes(add);
addEventListener("beforeunload", (event) => {
  if (running || waiting.length) event.preventDefault();
});

// The network is away for a moment: ask again. The person is gone, or nobody is signed in: reload.
document.body.addEventListener("htmx:sendError", () => refresh(3000));
document.body.addEventListener("htmx:responseError", (event) => {
  if ([403, 404].includes(event.detail.xhr.status)) location.reload();
  else refresh(3000);
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
  count.textContent = chosen ? ngettext("%(number)s selected", "%(number)s selected", chosen) : "";
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
