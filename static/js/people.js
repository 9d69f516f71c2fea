// Select people, and show how many are selected. HTMX replaces the list: everything is asked of the document.

import { ngettext } from "./words.js";

const form = () => document.querySelector("[data-people-selection]");
const boxes = () => [...form().querySelectorAll('input[name="ids"]')];

function show() {
  if (!form()) return;
  const all = form().querySelector("[data-select-all]");
  const everyone = form().querySelector('input[name="everyone"]');
  const chosen = boxes().filter((box) => box.checked).length;
  all.checked = chosen > 0 && chosen === boxes().length;
  all.indeterminate = chosen > 0 && chosen < boxes().length;
  const number = everyone?.checked ? Number(everyone.dataset.number) : chosen;
  form().querySelector("[data-selected-count]").textContent = number ? ngettext("%(number)s selected", "%(number)s selected", number) : "";
  form().querySelector("[data-selection-do]").hidden = !number;
}

document.addEventListener("change", (event) => {
  if (!event.target.closest("[data-people-selection]")) return;
  if (event.target.matches("[data-select-all]")) {
    for (const box of boxes()) box.checked = event.target.checked;
  }
  if (event.target.name === "everyone" && event.target.checked) {
    for (const box of boxes()) box.checked = true;
  } else if (event.target.name === "ids" || event.target.matches("[data-select-all]")) {
    const everyone = form().querySelector('input[name="everyone"]');
    if (everyone && !event.target.checked) everyone.checked = false;
  }
  show();
});
document.addEventListener("htmx:afterSettle", show);
addEventListener("pageshow", show);
show();
