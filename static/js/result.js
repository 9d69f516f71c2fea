// Announces each change of the result once, and puts it into the title of the tab, while HTMX replaces the fragment.

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

// The server or the network is away for a moment: ask again, until the page is closed.
const again = () => {
  const result = document.getElementById("result");
  if (!result?.hasAttribute("hx-get")) return;
  announcer.textContent = "The connection is interrupted. Trying again.";
  setTimeout(() => window.htmx.ajax("GET", result.getAttribute("hx-get"), { target: "#result", swap: "outerHTML" }), 3000);
};
document.body.addEventListener("htmx:sendError", again);
document.body.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 404 || status === 403) location.reload(); // deleted elsewhere, or signed out
  else again();
});
