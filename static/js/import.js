// Upload of a ZIP with a progress bar. Without this it is an ordinary form.

import { keepPageOnDrop, post } from "./upload.js";

const form = document.querySelector("[data-zip]");
const input = form.querySelector("[data-zip-input]");
const row = form.querySelector("[data-zip-row]");
const bar = form.querySelector("[data-zip-bar]");
const progressText = form.querySelector("[data-zip-said]");
const problem = form.querySelector("[data-zip-problem]");
let running = false;

function refuse(text) {
  running = false;
  row.hidden = true;
  input.value = "";
  const note = Object.assign(document.createElement("p"), { className: "notice notice--error", textContent: text });
  problem.replaceChildren(note);
}

async function send(file) {
  problem.replaceChildren();
  if (file.size > Number(form.dataset.maxBytes))
    return refuse(`The ZIP is larger than ${form.dataset.maxMegabytes} MB. Split it into several and send them one after another.`);
  row.hidden = false;
  row.querySelector("[data-zip-name]").textContent = file.name;
  bar.value = 0;
  progressText.textContent = "Uploading";
  running = true;
  const { status, answer } = await post(form.action, new FormData(form), (share) => {
    bar.value = share;
    if (share === 1) progressText.textContent = "Uploaded, being stored";
  });
  running = false;
  if (answer?.location) location.assign(answer.location);
  else if (status === 0) refuse("The server cannot be reached. Choose the ZIP again to try once more.");
  else if (answer?.error) refuse(answer.error);
  else if (status === 413) refuse("The ZIP is too large for this server. Split it into several.");
  else if (status === 403 || status === 200) refuse("You are signed out. Sign in again in another tab, then choose the ZIP again.");
  else refuse("The server could not take the ZIP. Choose it again to try once more.");
}

input.addEventListener("change", () => {
  if (input.files[0]) send(input.files[0]);
});
form.addEventListener("submit", (event) => event.preventDefault());
keepPageOnDrop();
form.addEventListener("drop", (event) => {
  if (running || !event.dataTransfer.files[0]) return;
  input.files = event.dataTransfer.files;
  send(event.dataTransfer.files[0]);
});
addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
