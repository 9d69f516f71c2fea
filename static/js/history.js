// Select all, and show how many are selected.

const form = document.querySelector("[data-selection]");
if (form) {
  const boxes = [...form.querySelectorAll('input[name="ids"]')];
  const all = form.querySelector("[data-select-all]");
  const label = form.querySelector("[data-delete-label]");
  const count = form.querySelector("[data-selected-count]");
  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    label.textContent = chosen ? `Delete ${chosen} selected` : "Delete selected";
    count.textContent = chosen ? `${chosen} selected` : "";
    form.dataset.confirmTitle = `Delete ${chosen} comparison${chosen === 1 ? "" : "s"}?`;
    if (chosen) form.dataset.confirm ||= confirmText;
    else delete form.dataset.confirm; // nothing to ask about: the server says what to do
  };
  const confirmText = form.dataset.confirm;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", show);
  addEventListener("pageshow", show);
  show();
}
