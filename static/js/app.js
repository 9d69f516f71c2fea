// What every page shares: the theme button, confirmation of deletes, copy buttons, one submit a click.

import { gettext } from "./words.js";

const root = document.documentElement;
const themeButton = document.querySelector("[data-theme-toggle]");
if (themeButton) {
  const label = themeButton.querySelector("[data-theme-label]");
  const name = () => {
    label.textContent = root.dataset.themeShown === "dark" ? gettext("Use light colours") : gettext("Use dark colours");
  };
  root.addEventListener("themeshown", name);
  themeButton.addEventListener("click", () => window.faceverifyTheme.toggle());
  themeButton.hidden = false;
  name();
}

// <form data-confirm="Text"> asks first. Without JavaScript the server shows a page that asks.
const dialog = document.getElementById("confirm-dialog");
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.confirm || !dialog?.showModal || form.elements.confirmed?.value === "yes") return;
  event.preventDefault();
  const submitter = event.submitter;
  dialog.querySelector("#confirm-title").textContent = form.dataset.confirmTitle || gettext("Delete?");
  dialog.querySelector("#confirm-text").textContent = form.dataset.confirm;
  dialog.querySelector("[data-confirm-yes]").textContent = form.dataset.confirmYes || gettext("Delete");
  dialog.returnValue = "no";
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue === "yes") {
        form.elements.confirmed.value = "yes";
        form.requestSubmit(submitter?.form === form ? submitter : undefined);
      } else {
        submitter?.focus();
      }
    },
    { once: true },
  );
  dialog.showModal();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]");
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    label.textContent = gettext("Copied");
  } catch {
    getSelection().selectAllChildren(source); // no clipboard here: ready for Ctrl+C
    label.textContent = gettext("Selected: press Ctrl+C");
  }
});

// What asks for its own news, on whatever page: the server or the network is away for a moment, so ask again,
// until the page is closed. It is deleted elsewhere, or nobody is signed in any more: reload.
function askAgain({ detail: { elt, xhr } }) {
  const address = elt.getAttribute("hx-get");
  if (!address || !elt.getAttribute("hx-trigger")?.startsWith("load delay")) return;
  if (xhr?.status === 403 || xhr?.status === 404) location.reload();
  else setTimeout(() => window.htmx.ajax("GET", address, { source: elt }), 3000);
}
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"])
  document.body.addEventListener(name, askAgain);

// Who types before the page's scripts are there, or comes back to what they had typed, sees what it finds.
function searchForWhatIsTyped() {
  for (const form of document.querySelectorAll('form[hx-trigger^="input"]')) {
    const typed = [...form.elements].find((field) => "defaultValue" in field && field.value !== field.defaultValue);
    typed?.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
document.body.addEventListener("htmx:load", searchForWhatIsTyped, { once: true });
