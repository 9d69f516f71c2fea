// A form with photos, sent with a progress bar. It stays an ordinary form, and a failed submit loses
// nothing.

import { post } from "./upload.js";

export class Sending {
  // check() shows what is wrong with the chosen files, through showError. marked(name, wrong) is called when
  // a field gets or loses its errors. refusals: what an answer without a list of errors means, by status.
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

  async send() {
    const { status, answer } = await post(this.form.action || location.href, new FormData(this.form), (share) => {
      this.progress.value = share;
      if (share === 1) this.progressText.textContent = "Checking the photos";
    });
    if (status === 0)
      return this.failed("The server cannot be reached. Your photos are still here: try again in a moment.");
    if (status === 201 && answer?.location) return location.assign(answer.location);
    if (answer?.errors) {
      this.failed((answer.errors.__all__ ?? []).join(" "));
      for (const box of this.form.querySelectorAll("[data-error-for]"))
        this.showError(box.dataset.errorFor, answer.errors[box.dataset.errorFor] ?? []);
      return this.form.querySelector('[aria-invalid="true"]')?.focus();
    }
    if (this.refusals[status]) return this.failed(this.refusals[status]);
    if (status === 429) return this.failed("That was too much at once. Wait a minute and try again.");
    if (status === 403 || status === 200)
      return this.failed("You are signed out. Sign in again in another tab, reload this page and choose the photos again.");
    return this.failed("The server could not take the photos. They are still here: try again in a moment.");
  }
}
