// What every page shares (app.js, theme.js), the history's selection and the announcements of a result.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, settled } from "./page.mjs";

const DIALOG = `
<dialog id="confirm-dialog"><h2 id="confirm-title"></h2><p id="confirm-text"></p><button data-confirm-yes></button></dialog>`;
const DELETE = `
<form data-confirm="They are gone for good." data-confirm-title="Delete both?"><input name="confirmed"><button>Delete</button></form>`;

test("a deletion is asked about, and done when the answer is yes", async () => {
  const page = await open(DIALOG + DELETE, "app.js");
  const button = page.find("form").querySelector("button");

  const first = page.find("form").fire("submit", { submitter: button });

  const dialog = page.find("dialog");
  assert.equal(first.defaultPrevented, true);
  assert.equal(dialog.open, true);
  assert.deepEqual(
    ["#confirm-title", "#confirm-text", "[data-confirm-yes]"].map(page.text),
    ["Delete both?", "They are gone for good.", "Delete"],
  );
  let sent = null;
  page.document.addEventListener("submit", (event) => (sent = event));
  dialog.close("yes");
  assert.equal(sent.defaultPrevented, false);
  assert.equal(page.find('[name="confirmed"]').value, "yes");
  assert.equal(sent.submitter, button);
});

test("a deletion that is not confirmed is not sent, and the button has the focus again", async () => {
  const page = await open(DIALOG + DELETE, "app.js");
  const button = page.find("form").querySelector("button");
  page.find("form").fire("submit", { submitter: button });
  let sent = null;
  page.document.addEventListener("submit", (event) => (sent = event));

  page.find("dialog").close();

  assert.equal(sent, null);
  assert.equal(page.find('[name="confirmed"]').value, "");
  assert.equal(page.document.activeElement, button);
});

test("a form without a question is sent as it is", async () => {
  const page = await open(`${DIALOG}<form></form>`, "app.js");

  assert.equal(page.find("form").fire("submit").defaultPrevented, false);
});

for (const [works, words] of [
  [true, "Copied"],
  [false, "Selected: press Ctrl+C"],
]) {
  test(`the copy button says "${words}" where the clipboard ${works ? "works" : "does not work"}`, async () => {
    const copied = [];
    const selected = [];
    const page = await open(
      `<code id="key"> secret </code><button data-copy="key"><span data-copy-label>Copy</span></button>`,
      "app.js",
      {
        navigator: { clipboard: { writeText: async (text) => (works ? copied.push(text) : Promise.reject(new Error())) } },
        getSelection: () => ({ selectAllChildren: (element) => selected.push(element.id) }),
      },
    );

    page.find("[data-copy-label]").fire("click");
    await settled();

    assert.equal(page.text("[data-copy-label]"), words);
    assert.deepEqual([copied, selected], works ? [["secret"], []] : [[], ["key"]]);
  });
}

async function themed({ system, stored = null, blocked = false }) {
  const kept = { theme: stored };
  const page = await open("", "theme.js", {
    matchMedia: () => ({ matches: system === "dark", addEventListener: () => {} }),
    localStorage: {
      getItem: (name) => (blocked ? fail() : kept[name]),
      setItem: (name, value) => (blocked ? fail() : (kept[name] = value)),
    },
  });
  page.shown = () => page.document.documentElement.dataset.themeShown;
  page.kept = kept;
  return page;
}

function fail() {
  throw new Error("storage is blocked");
}

test("the system's colours are shown until others are chosen, and the choice is kept", async () => {
  const page = await themed({ system: "dark" });
  assert.equal(page.shown(), "dark");

  globalThis.faceverifyTheme.toggle();

  assert.equal(page.shown(), "light");
  assert.equal(page.kept.theme, "light");
  const later = await themed({ system: "dark", stored: "light" });
  assert.equal(later.shown(), "light");
});

test("where storage is blocked the choice holds for the page", async () => {
  const page = await themed({ system: "light", blocked: true });

  globalThis.faceverifyTheme.toggle();
  assert.equal(page.shown(), "dark");
  globalThis.faceverifyTheme.toggle();

  assert.equal(page.shown(), "light");
});

test("the theme button names the colours that it would bring", async () => {
  const page = await open(`<button data-theme-toggle hidden><span data-theme-label></span></button>`, "app.js");
  assert.equal(page.find("[data-theme-toggle]").hidden, false);
  assert.equal(page.text("[data-theme-label]"), "Use dark colours");

  page.document.documentElement.dataset.themeShown = "dark";
  page.document.documentElement.fire("themeshown");

  assert.equal(page.text("[data-theme-label]"), "Use light colours");
});

const HISTORY = `
<form data-selection="?outcome=match" data-confirm="Gone for good.">
  <input type="checkbox" name="ids" value="a"><input type="checkbox" name="batches" value="b">
  <input type="checkbox" data-select-all><button type="button" data-select-none></button>
  <button><span data-delete-label></span></button><span data-selected-count></span></form>`;

test("the history asks about as many entries as are selected, and about none not at all", async () => {
  const page = await open(HISTORY, "history.js");
  const form = page.find("form");
  const state = () => [page.text("[data-delete-label]"), form.dataset.confirm, page.find("[data-select-none]").hidden];
  assert.deepEqual(state(), ["Delete selected", undefined, true]);

  page.find('[name="ids"]').checked = true;
  form.fire("change");
  assert.deepEqual(state(), ["Delete 1 selected", "Gone for good.", false]);
  assert.equal(form.dataset.confirmTitle, "Delete 1 entry?");
  assert.equal(page.find("[data-select-all]").indeterminate, true);
  page.find("[data-select-all]").checked = true;
  page.find("[data-select-all]").fire("change");

  assert.deepEqual(state(), ["Delete 2 selected", "Gone for good.", false]);
  assert.equal(form.dataset.confirmTitle, "Delete 2 entries?");
  page.find("[data-select-none]").click();
  assert.deepEqual(state(), ["Delete selected", undefined, true]);
});

test("scripts speak the language of the catalogue that the page has loaded, and English for what is not in it", async () => {
  const told = { "Delete selected": "Ausgewählte löschen", "Delete %(number)s entries?": "%(number)s Einträge löschen?" };
  const django = { gettext: (text) => told[text] ?? text, ngettext: (one, several, number) => told[several] ?? (number === 1 ? one : several) };
  const page = await open(HISTORY, "history.js", { django });
  assert.equal(page.text("[data-delete-label]"), "Ausgewählte löschen");

  page.find("[data-select-all]").checked = true;
  page.find("[data-select-all]").fire("change");

  assert.equal(page.find("form").dataset.confirmTitle, "2 Einträge löschen?");
  assert.equal(page.text("[data-delete-label]"), "Delete 2 selected");
});

const WAITING = `
<p data-announcer></p>
<div id="result" data-announce="Waiting" data-title="Waiting" hx-get="/results/7/status/" hx-trigger="load delay:1s"></div>`;

function watched() {
  return open(WAITING, "result.js");
}

test("a new state of a result is announced once and names the tab", async () => {
  const page = await watched();
  const result = page.find("#result");

  Object.assign(result.dataset, { announce: "The same person", title: "Match" });
  page.document.body.fire("htmx:afterSwap");
  assert.equal(page.document.title, "Match");
  assert.equal(page.text("[data-announcer]"), "The same person");
  page.find("[data-announcer]").textContent = "";
  page.document.body.fire("htmx:afterSwap");

  assert.equal(page.text("[data-announcer]"), "");
});

test("an interrupted connection is said", async () => {
  const page = await watched();

  page.document.body.fire("htmx:responseError", { detail: { xhr: { status: 502 } } });

  assert.equal(page.text("[data-announcer]"), "The connection is interrupted. Trying again.");
});

test("what asks for its own news asks again after an error; one that is gone reloads the page", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const calls = [];
  const page = await open(WAITING, "app.js", { htmx: { ajax: (...call) => calls.push(call) } });
  const elt = page.find("#result");

  page.document.body.fire("htmx:responseError", { detail: { elt, xhr: { status: 502 } } });
  page.document.body.fire("htmx:responseError", { detail: { elt: page.find("[data-announcer]"), xhr: { status: 502 } } });
  context.mock.timers.tick(3000);
  assert.deepEqual(calls.map(([method, url, { source }]) => [method, url, source]), [["GET", "/results/7/status/", elt]]);
  page.document.body.fire("htmx:responseError", { detail: { elt, xhr: { status: 404 } } });

  assert.deepEqual(page.went, ["reload"]);
});
