// Single keys: an element with data-shortcut="c" is pressed by C, "/" goes to the search, "?" lists the keys. They do
// nothing while one types, with another key held, or when switched off (WCAG 2.1.4).

const dialog = document.getElementById("shortcuts");
const box = dialog?.querySelector("[data-shortcuts-on]");
const KEY = "shortcuts";

const areOn = () => {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return box?.checked ?? true; // storage can be blocked: then it holds for this page
  }
};
const switchTo = (on) => {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // see above
  }
};

const help = () => {
  box.checked = areOn();
  dialog.showModal();
};
const typing = (element) => element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select");
const search = () => {
  const field = document.querySelector("main input[type=search]");
  const link = document.querySelector("[data-search]");
  if (field) {
    field.focus();
    field.select();
  } else if (link) {
    location.assign(`${link.href}#${link.dataset.search}`);
  }
};

if (dialog?.showModal) {
  box.checked = true;
  box.addEventListener("change", () => switchTo(box.checked));
  for (const button of document.querySelectorAll("[data-shortcuts-help]")) button.addEventListener("click", help);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (typing(event.target) || document.querySelector("dialog[open]") || !areOn()) return;
    const key = event.key.toLowerCase();
    if (key === "?") help();
    else if (key === "/") search();
    else {
      const pressed = [...document.querySelectorAll("[data-shortcut]")].find((each) => each.dataset.shortcut === key);
      if (!pressed) return;
      pressed.click();
    }
    event.preventDefault();
  });
}

// Somebody came here to search.
if (location.hash === "#id_q") document.getElementById("id_q")?.focus();
