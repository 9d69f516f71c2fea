// One photo with many others, or a group photo: previews of what is chosen.

import { Sending } from "./sending.js";

const form = document.querySelector("[data-search-form]");
const SHOWN = 24; // previews of one field
const TOO_MANY = "These are too many photos for this server. Choose fewer.";

const sending = new Sending(form, {
  check() {
    for (const input of form.querySelectorAll("[data-pick]")) {
      sending.showError(input.name, input.files.length ? [] : ["Choose a photo."]);
    }
  },
  refusals: { 400: TOO_MANY, 413: TOO_MANY },
});

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
    if (files.length) sending.showError(input.name, []);
  };
  input.addEventListener("change", show);
  show();
  for (const type of ["dragenter", "dragover"]) area.addEventListener(type, () => area.classList.add("pick__area--over"));
  for (const type of ["dragleave", "drop"]) area.addEventListener(type, () => area.classList.remove("pick__area--over"));
}
