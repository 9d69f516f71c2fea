// A form with photos, sent with a progress bar. The form stays an ordinary one, and a failed submit
// loses nothing.

const form = document.querySelector("[data-search-form]");
const alertBox = form.querySelector("[data-form-error]");
const alertText = form.querySelector("[data-form-error-text]");
const submit = form.querySelector("[data-submit]");
const progress = form.querySelector("[data-progress]");
const progressText = form.querySelector("[data-progress-text]");
const SHOWN = 24; // previews of one field

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
}

for (const input of form.querySelectorAll("[data-pick]")) {
  const area = input.parentElement;
  const previews = area.querySelector("[data-previews]");
  const picked = area.querySelector("[data-picked]");
  const show = () => {
    for (const image of previews.children) URL.revokeObjectURL(image.src);
    const files = [...input.files];
    previews.replaceChildren(
      ...files.slice(0, SHOWN).map((file) => {
        const image = Object.assign(document.createElement("img"), { src: URL.createObjectURL(file), alt: "" });
        image.addEventListener("error", () => image.remove());
        return image;
      }),
    );
    picked.textContent = files.length > 1 ? `${files.length} photos chosen` : (files[0]?.name ?? "");
    if (files.length) showError(input.name, []);
  };
  input.addEventListener("change", show);
  show();
  for (const type of ["dragenter", "dragover"]) area.addEventListener(type, () => area.classList.add("pick__area--over"));
  for (const type of ["dragleave", "drop"]) area.addEventListener(type, () => area.classList.remove("pick__area--over"));
}

function busy(text) {
  submit.disabled = Boolean(text);
  progress.hidden = !text;
  progress.value = 0;
  progressText.textContent = text;
}

function failed(text) {
  busy("");
  alertText.textContent = text;
  alertBox.hidden = !text;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (submit.disabled) return;
  failed("");
  for (const input of form.querySelectorAll("[data-pick]")) {
    showError(input.name, input.files.length ? [] : ["Choose a photo."]);
  }
  const invalid = form.querySelector('[aria-invalid="true"]');
  if (invalid) return invalid.focus();
  busy("Sending the photos");
  const request = new XMLHttpRequest(); // fetch does not tell how much is uploaded
  request.open("POST", location.href);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (sent) => {
    if (!sent.lengthComputable) return;
    progress.value = sent.loaded / sent.total;
    if (sent.loaded === sent.total) progressText.textContent = "Checking the photos";
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
      for (const name of ["probe", "photos", "false_match_rate", "title"]) showError(name, answer.errors[name] ?? []);
      return form.querySelector('[aria-invalid="true"]')?.focus();
    }
    if (request.status === 413 || request.status === 400) return failed("These are too many photos for this server. Choose fewer.");
    if (request.status === 429) return failed("That was too much at once. Wait a minute and try again.");
    if (request.status === 403 || request.status === 200)
      return failed("You are signed out. Sign in again in another tab, reload this page and choose the photos again.");
    return failed("The server could not take the photos. They are still here: try again in a moment.");
  });
  request.send(new FormData(form));
});

// Back from the result: the button works again.
addEventListener("pageshow", (event) => {
  if (event.persisted) busy("");
});
