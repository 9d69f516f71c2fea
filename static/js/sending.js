// A form with photos, sent with a progress bar. It stays an ordinary form, and a failed submit loses
// nothing.

import { AWAY, IN, OUT, sendSignedIn, session } from "./session.js";
import { post } from "./upload.js";
import { gettext } from "./words.js";

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
    this.signedOut = false;
    this.underWay = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.submit.disabled) return;
      this.failed("");
      check();
      const invalid = form.querySelector('[aria-invalid="true"]');
      if (invalid) return this.lookAt(invalid);
      this.busy(gettext("Sending"));
      this.send();
    });
    // Back from the result: the button works again.
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.busy("");
    });
    addEventListener("beforeunload", (event) => {
      if (this.underWay) event.preventDefault();
    });
    // Back from signing in, in another tab.
    document.addEventListener("visibilitychange", async () => {
      if (this.signedOut && !document.hidden && (await session(form)) === IN) this.signedIn();
    });
  }

  showError(name, messages) {
    const box = this.form.querySelector(`[data-error-for="${name}"]`);
    if (!box) return;
    const told = document.createElement("div");
    told.append(...messages.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    box.replaceChildren(told);
    box.hidden = messages.length === 0;
    for (const input of this.form.querySelectorAll(`[name="${name}"]`)) {
      if (messages.length) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    this.marked(name, messages.length > 0);
  }

  lookAt(field) {
    const folded = field.closest("details");
    if (folded) folded.open = true;
    field.focus();
  }

  busy(text) {
    this.submit.disabled = Boolean(text);
    this.label.textContent = text || this.labelText;
    this.progress.hidden = !text;
    this.progress.value = 0;
    this.progressText.textContent = text;
  }

  failed(...words) {
    this.busy("");
    const said = this.form.querySelector("[data-form-error-text]");
    said.textContent = "";
    said.append(...words.filter(Boolean));
    this.form.querySelector("[data-form-error]").hidden = !words.some(Boolean);
  }

  askToSignIn() {
    this.signedOut = true;
    const link = Object.assign(document.createElement("a"), { textContent: gettext("Sign in again in another tab"), href: this.form.dataset.login });
    link.setAttribute("target", "_blank");
    this.failed(
      `${gettext("You are signed out.")} `,
      link,
      gettext(", come back here and press %(button)s again: what you have chosen is still here.", { button: this.labelText }),
    );
  }

  signedIn() {
    this.signedOut = false;
    this.failed("");
    this.progressText.textContent = gettext("You are signed in again: press %(button)s.", { button: this.labelText });
  }

  async send() {
    this.underWay = true;
    const { status, answer, session: state } = await sendSignedIn(this.form, () =>
      post(this.form.action || location.href, new FormData(this.form), (share) => {
        this.progress.value = share;
        if (share === 1) this.progressText.textContent = gettext("Checking what was sent");
      }),
    );
    this.underWay = false;
    if (state === OUT) return this.askToSignIn();
    if (status === 0 || state === AWAY)
      return this.failed(gettext("The server cannot be reached. What you have chosen is still here: try again in a moment."));
    if (status === 201 && answer?.location) return location.assign(answer.location);
    if (answer?.errors) {
      this.failed((answer.errors.__all__ ?? []).join(" "));
      for (const box of this.form.querySelectorAll("[data-error-for]"))
        this.showError(box.dataset.errorFor, answer.errors[box.dataset.errorFor] ?? []);
      const invalid = this.form.querySelector('[aria-invalid="true"]');
      return invalid && this.lookAt(invalid);
    }
    if (this.refusals[status]) return this.failed(this.refusals[status]);
    if (status === 429) return this.failed(gettext("Too many requests. Wait a minute and try again."));
    return this.failed(gettext("The server could not take this. What you have chosen is still here: try again in a moment."));
  }
}
