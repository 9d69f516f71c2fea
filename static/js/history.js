// Select all on a page, and keep what is selected while one turns the pages of the same list.

import { gettext, ngettext } from "./words.js";

const form = document.querySelector("[data-selection]");
const KEY = "history-selection";

// [{name, id}] of the list with this filter; another filter begins anew.
const stored = () => {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    return kept?.list === form.dataset.selection ? kept.chosen : [];
  } catch {
    return []; // storage can be blocked: then each page has its own selection
  }
};
const store = (chosen) => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ list: form.dataset.selection, chosen }));
  } catch {
    // see above
  }
};

if (form) {
  const boxes = [...form.querySelectorAll('input[name="ids"], input[name="batches"]')];
  const here = new Set(boxes.map((box) => box.value));
  const elsewhere = stored().filter(({ id }) => !here.has(id));
  const all = form.querySelector("[data-select-all]");
  const none = form.querySelector("[data-select-none]");
  const label = form.querySelector("[data-delete-label]");
  const count = form.querySelector("[data-selected-count]");
  const confirmText = form.dataset.confirm;
  const chosenHere = () => boxes.filter((box) => box.checked).map((box) => ({ name: box.name, id: box.value }));

  const show = () => {
    const selected = chosenHere();
    const chosen = selected.length + elsewhere.length;
    all.checked = selected.length === boxes.length;
    all.indeterminate = selected.length > 0 && selected.length < boxes.length;
    label.textContent = chosen
      ? ngettext("Delete %(number)s selected", "Delete %(number)s selected", chosen)
      : gettext("Delete selected");
    count.textContent = elsewhere.length
      ? gettext("%(number)s selected, %(elsewhere)s of them on other pages", { number: chosen, elsewhere: elsewhere.length })
      : "";
    none.hidden = !chosen;
    form.dataset.confirmTitle = ngettext("Delete %(number)s entry?", "Delete %(number)s entries?", chosen);
    if (chosen) form.dataset.confirm = confirmText;
    else delete form.dataset.confirm; // nothing to ask about: the server says what to do
    store([...elsewhere, ...selected]);
  };
  const chooseAll = (checked) => {
    for (const box of boxes) box.checked = checked;
    show();
  };

  const before = new Set(stored().map(({ id }) => id));
  for (const box of boxes) box.checked ||= before.has(box.value);
  all.addEventListener("change", () => chooseAll(all.checked));
  none.addEventListener("click", () => {
    elsewhere.length = 0;
    chooseAll(false);
    all.focus();
  });
  form.addEventListener("change", show);
  // On the window: after the question whether to delete, which holds the form back.
  window.addEventListener("submit", (event) => {
    if (event.target !== form || event.defaultPrevented) return;
    for (const name of ["ids", "batches"]) {
      const value = elsewhere.filter((each) => each.name === name).map(({ id }) => id).join(",");
      if (value) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    store([]);
  });
  addEventListener("pageshow", show);
  show();
}
