// Upload of a ZIP with a progress bar. Without this it is an ordinary form.

const form = document.querySelector("[data-zip]");
const input = form.querySelector("[data-zip-input]");
const row = form.querySelector("[data-zip-row]");
const bar = form.querySelector("[data-zip-bar]");
const said = form.querySelector("[data-zip-said]");
const problem = form.querySelector("[data-zip-problem]");
let running = false;

function refuse(text) {
  running = false;
  row.hidden = true;
  input.value = "";
  const note = Object.assign(document.createElement("p"), { className: "notice notice--error", textContent: text });
  problem.replaceChildren(note);
}

function send(file) {
  problem.replaceChildren();
  if (file.size > Number(form.dataset.maxBytes))
    return refuse(`The ZIP is larger than ${form.dataset.maxMegabytes} MB. Split it into several and send them one after another.`);
  const data = new FormData(form);
  const request = new XMLHttpRequest(); // fetch does not tell how much is uploaded
  row.hidden = false;
  row.querySelector("[data-zip-name]").textContent = file.name;
  bar.value = 0;
  said.textContent = "Uploading";
  running = true;
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    if (event.loaded === event.total) said.textContent = "Uploaded, being stored";
  });
  request.addEventListener("load", () => answered(request));
  request.addEventListener("error", () => refuse("The server cannot be reached. Choose the ZIP again to try once more."));
  request.send(data);
}

function answered(request) {
  let answer = null;
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    // a page instead of an answer: signed out, or a proxy's own word
  }
  running = false;
  if (answer?.location) location.assign(answer.location);
  else if (answer?.error) refuse(answer.error);
  else if (request.status === 413) refuse("The ZIP is too large for this server. Split it into several.");
  else if (request.status === 403 || request.status === 200) refuse("You are signed out. Sign in again in another tab, then choose the ZIP again.");
  else refuse("The server could not take the ZIP. Choose it again to try once more.");
}

input.addEventListener("change", () => {
  if (input.files[0]) send(input.files[0]);
});
form.addEventListener("submit", (event) => event.preventDefault());
for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());
form.addEventListener("drop", (event) => {
  if (running || !event.dataTransfer.files[0]) return;
  input.files = event.dataTransfer.files;
  send(event.dataTransfer.files[0]);
});
addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
