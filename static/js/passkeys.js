// What goes wrong with a passkey, in words. The rest is done by the scripts of django-allauth.

import { gettext } from "./words.js";

const trouble = document.querySelector("[data-passkey-trouble]");
const ADDRESS = gettext(
  "Passkeys need HTTPS and a name in the address of this page. On your own machine, open it as localhost.",
);
const WORDS = {
  AbortError: gettext("No passkey was used."),
  InvalidStateError: gettext("This device has a passkey for your account already."),
  NotAllowedError: gettext("No passkey was used: it was cancelled, or took too long, or there is none for this site."),
  NotSupportedError: gettext("This device cannot make a passkey of the kind that is needed."),
  SecurityError: ADDRESS,
};

function tell(text) {
  trouble.textContent = text;
  trouble.hidden = false;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  tell(WORDS[event.detail.exception.name] ?? gettext("The passkey could not be used. Reload the page and try again."));
});

if (!window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-passkey]")) button.disabled = true;
  tell(window.isSecureContext ? gettext("This browser knows no passkeys.") : ADDRESS);
}
