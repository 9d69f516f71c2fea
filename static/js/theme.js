// Light, dark, or what the system says. Runs before the first paint; the button is wired in app.js.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage can be blocked: then the system decides
    }
  };
  const show = () => {
    const theme = stored();
    if (theme) root.dataset.theme = theme;
    root.dataset.themeShown = theme || (system.matches ? "dark" : "light");
    root.classList.toggle("dark-mode", root.dataset.themeShown === "dark"); // Swagger UI's own name for it
    root.dispatchEvent(new Event("themeshown"));
  };
  window.faceverifyTheme = {
    toggle() {
      const next = root.dataset.themeShown === "dark" ? "light" : "dark";
      try {
        localStorage.setItem("theme", next);
      } catch {
        root.dataset.theme = root.dataset.themeShown = next;
        return root.dispatchEvent(new Event("themeshown"));
      }
      show();
    },
  };
  system.addEventListener("change", show);
  show();
})();
