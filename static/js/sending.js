// A form with photos, sent with a progress bar. It stays an ordinary form, and a failed submit loses
// nothing.

export class Sending {
  // check(): tell what is wrong with the chosen files, through showError. marked(name, wrong): a field
  // has got or lost its errors. refusals: what an answer without a list of errors means, by status.
  constructor(form, { check, marked = () => {}, refusals }) {
    this.form = form;
    this.marked = marked;
    this.refusals = refusals;
    this.submit = form.querySelector("[data-submit]");
    this.label = form.querySelector("[data-submit-label]");
    this.labelText = this.label.textContent;
    this.progress = form.querySelector("[data-progress]");
    this.progressText = form.querySelector("[data-progress-text]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.submit.disabled) return;
      this.failed("");
      check();
      const invalid = form.querySelector('[aria-invalid="true"]');
      if (invalid) return invalid.focus();
      this.busy("Sending the photos");
      this.send();
    });
    // Back from the result: the button works again.
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.busy("");
    });
  }

  showError(name, messages) {
    const box = this.form.querySelector(`[data-error-for="${name}"]`);
    if (!box) return;
    box.replaceChildren(
      ...messages.map((text) => Object.assign(document.createElement("p"), { textContent: text })),
    );
    box.hidden = messages.length === 0;
    for (const input of this.form.querySelectorAll(`[name="${name}"]`)) {
      if (messages.length) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    this.marked(name, messages.length > 0);
  }

  busy(text) {
    this.submit.disabled = Boolean(text);
    this.label.textContent = text ? "Sending" : this.labelText;
    this.progress.hidden = !text;
    this.progress.value = 0;
    this.progressText.textContent = text;
  }

  failed(text) {
    this.busy("");
    this.form.querySelector("[data-form-error-text]").textContent = text;
    this.form.querySelector("[data-form-error]").hidden = !text;
  }

  send() {
    const request = new XMLHttpRequest(); // fetch does not tell how much is uploaded
    request.open("POST", this.form.action || location.href);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      this.progress.value = event.loaded / event.total;
      if (event.loaded === event.total) this.progressText.textContent = "Checking the photos";
    });
    request.addEventListener("error", () =>
      this.failed("The server cannot be reached. Your photos are still here: try again in a moment."),
    );
    request.addEventListener("load", () => this.answered(request));
    request.send(new FormData(this.form));
  }

  answered(request) {
    let answer = null;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // a page instead of an answer: signed out, or a proxy's own word
    }
    if (request.status === 201 && answer?.location) return location.assign(answer.location);
    if (answer?.errors) {
      this.failed((answer.errors.__all__ ?? []).join(" "));
      for (const box of this.form.querySelectorAll("[data-error-for]"))
        this.showError(box.dataset.errorFor, answer.errors[box.dataset.errorFor] ?? []);
      return this.form.querySelector('[aria-invalid="true"]')?.focus();
    }
    if (this.refusals[request.status]) return this.failed(this.refusals[request.status]);
    if (request.status === 429) return this.failed("That was too much at once. Wait a minute and try again.");
    if (request.status === 403 || request.status === 200)
      return this.failed("You are signed out. Sign in again in another tab, reload this page and choose the photos again.");
    return this.failed("The server could not take the photos. They are still here: try again in a moment.");
  }
}
