// Announces each change of the result once, and puts it into the title of the tab, while HTMX replaces the fragment.

import { gettext } from "./words.js";

const announcer = document.querySelector("[data-announcer]");
let announced = document.getElementById("result")?.dataset.announce;

document.body.addEventListener("htmx:afterSwap", () => {
  const result = document.getElementById("result");
  if (!result) return;
  document.title = result.dataset.title;
  if (result.dataset.announce !== announced) {
    announced = result.dataset.announce;
    announcer.textContent = announced;
  }
});

// Then `app.js` asks again.
for (const name of ["htmx:sendError", "htmx:responseError"])
  document.body.addEventListener(name, () => {
    if (document.getElementById("result")?.hasAttribute("hx-get"))
      announcer.textContent = gettext("The connection is interrupted. Trying again.");
  });

// The threshold: a slider over the settings, each of which the server has drawn already.
function mountThreshold() {
  const place = document.querySelector("[data-threshold]");
  if (!place || place.dataset.mounted) return;
  place.dataset.mounted = "yes";
  const slider = place.querySelector("[data-slider]");
  const panels = [...place.querySelectorAll("[data-setting]")];
  const links = [...place.querySelectorAll("[data-at]")];
  const show = (number) => {
    slider.value = number;
    slider.setAttribute("aria-valuetext", panels[number].dataset.spoken);
    for (const [each, panel] of panels.entries()) panel.hidden = each !== number;
    for (const [each, link] of links.entries()) {
      if (each === number) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  slider.addEventListener("input", () => show(Number(slider.value)));
  for (const [number, link] of links.entries())
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(number);
    });
  slider.hidden = false;
  show(panels.findIndex((panel) => !panel.hidden));
}
mountThreshold();
document.body.addEventListener("htmx:load", mountThreshold);
