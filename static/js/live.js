// The pages with a camera: <faceverify-live> looks, this file starts its sessions and shows the end.

import { photoProblem } from "./upload.js";
import { gettext, ngettext } from "./words.js";

const form = document.querySelector("[data-live]");
const camera = form?.querySelector("[data-live-camera]");
const verdict = form?.querySelector("[data-live-verdict]");

const REFUSED = {
  401: gettext("You are signed out. Sign in again in another tab, then start again."),
  403: gettext("You are signed out. Sign in again in another tab, reload this page and start again."),
  413: gettext("The photo is too large for this server. Choose a smaller one."),
};

class Refused extends Error {
  constructor(code, detail) {
    super(detail);
    Object.assign(this, { code, detail });
  }
}

// What the camera is to be compared with, as it stands when the button is pressed.
async function prepare() {
  const answer = await fetch(form.dataset.start, {
    method: "POST",
    body: data(),
    headers: { Accept: "application/json" },
    redirect: "manual",
  }).catch(() => {
    throw new Refused("gone");
  });
  const told = await answer.json().catch(() => null);
  if (answer.ok && told) return { ...told, session: told.id };
  if (answer.status >= 500) throw new Refused("gone");
  if (answer.status === 429) throw new Refused("limit", told?.detail);
  if (told?.errors?.photo) showPhotoError(told.errors.photo);
  const listed = Object.values(told?.errors ?? {}).flat().join(" "); // prettier-ignore
  throw new Refused("refused", listed || told?.detail || (answer.type === "opaqueredirect" ? REFUSED[401] : REFUSED[answer.status]));
}

function data() {
  const sent = new FormData(form);
  sent.set("task", form.dataset.task);
  sent.set("challenge", sent.has("challenge"));
  return sent;
}

function photoIsMissing() {
  const input = form.elements.photo;
  if (!input) return false;
  const problem = input.files[0] ? photoProblem(input.files[0], form.dataset) : gettext("Choose a photo.");
  showPhotoError(problem ? [problem] : []);
  if (problem) input.focus();
  return Boolean(problem);
}

function showPhotoError(messages) {
  const box = form.querySelector('[data-error-for="photo"]');
  box.replaceChildren(...messages.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  box.hidden = !messages.length;
  form.elements.photo.toggleAttribute("aria-invalid", messages.length > 0);
}

function settled(on) {
  for (const part of form.querySelectorAll(".live__settings input, .live__settings select")) part.disabled = on;
}

// The verdict in short, from the page that has all of it.
async function show(result) {
  const page = await fetch(result, { headers: { Accept: "text/html" } }).then((answer) => answer.text());
  const words = new DOMParser().parseFromString(page, "text/html").querySelector(".verdict");
  const link = Object.assign(document.createElement("a"), { className: "button button--primary", href: result, textContent: gettext("See the whole result") });
  if (!words) return location.assign(result);
  words.querySelector("h1").outerHTML = `<h2>${words.querySelector("h1").innerHTML}</h2>`;
  for (const part of [...words.children]) if (!part.matches(".verdict__words")) part.remove();
  words.firstElementChild.append(link);
  verdict.replaceChildren(words);
}

// Fewer than the five asked for, where too few of the frames seen in time were good and different.
function tellAdded(number) {
  verdict.querySelector("[data-live-added]").textContent = ngettext("One photo is added.", "%(number)s photos are added.", number);
}

if (form) {
  camera.prepare = prepare;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.photo?.addEventListener("change", () => showPhotoError([]));
  camera.addEventListener("starting", (event) => photoIsMissing() && event.preventDefault());
  camera.addEventListener("started", () => {
    verdict.hidden = true;
    settled(true);
  });
  camera.addEventListener("ended", async ({ detail }) => {
    settled(false);
    const enrolled = form.dataset.task === "enrol" && detail.reason === "finished";
    if (!detail.result && !enrolled) return;
    if (enrolled) tellAdded(detail.photosAdded);
    else await show(detail.result).catch(() => location.assign(detail.result));
    verdict.hidden = false;
    verdict.focus({ preventScroll: true });
    verdict.scrollIntoView({ block: "nearest" });
  });
}
