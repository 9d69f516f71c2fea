// The forms that submit photos: a zone around each file input. A form stays an ordinary one: what is dropped,
// pasted or taken with the camera is put into its file inputs, and a failed submit loses nothing.

import { Sending } from "./sending.js";
import { acceptPastes, fileProblem, keepPageOnDrop, photoProblem } from "./upload.js";
import { gettext } from "./words.js";
import { Zone } from "./zone.js";

const TOO_LARGE = gettext("The photos are too large for this server. Choose smaller ones, or fewer.");

function mount(form) {
  const zones = [];
  const said = form.querySelector("[data-said]");
  const same = form.querySelector("[data-same]");
  const say = (text) => {
    if (said) said.textContent = text;
  };

  const sending = new Sending(form, {
    check() {
      for (const zone of zones) sending.showError(zone.name, zone.file ? problems(zone) : [zone.root.dataset.missing]);
    },
    marked: (name, wrong) =>
      zones.find((zone) => zone.name === name)?.root.classList.toggle("drop--invalid", wrong),
    refusals: { 400: TOO_LARGE, 413: TOO_LARGE },
  });

  // Of a zone for many, each file that cannot be sent is named.
  function problems(zone) {
    const limits = zone.root.dataset.maxBytes ? zone.root.dataset : form.dataset;
    return zone.files.flatMap((file) => {
      const problem = zone.holdsPhotos ? photoProblem(file, limits) : fileProblem(file, limits);
      return problem ? [zone.many ? `${file.name}: ${problem}` : problem] : [];
    });
  }

  function changed(zone) {
    if (zone.file || zone.root.classList.contains("drop--invalid")) sending.showError(zone.name, problems(zone));
    compareFiles();
  }

  // A photo compared with itself matches whoever is on it.
  async function compareFiles() {
    if (!same || zones.length < 2) return;
    const [one, other] = zones;
    const twice = one.file ? await firstEqual(one.file, other.files) : null;
    same.hidden = !twice;
    same.querySelector("[data-same-text]").textContent = !twice
      ? ""
      : other.many
        ? gettext(
            "%(name)s is the photo of the person itself. That it matches proves nothing: take it out, or choose another photo.",
            { name: twice.name },
          )
        : gettext("Both photos are the same file. That they match proves nothing: choose another photo of the person.");
  }

  // The first photo goes where it was dropped, further ones into what is empty; a list or a ZIP goes where its
  // kind belongs, wherever it was dropped.
  function take(zone, files) {
    if (!files.length) return;
    if (!zone.holdsPhotos) {
      for (const file of files) (zones.find((each) => each.accepts(file)) ?? zone).put([file]);
      return;
    }
    if (zone.many) return zone.add(files);
    zone.put(files.slice(0, 1));
    spread(files.slice(1), zones.filter((each) => each !== zone));
  }

  // Put files into the zones that have room; gives what was filled and what was left over.
  function spread(files, among) {
    const left = [...files];
    const filled = [];
    for (const zone of among) {
      if (!left.length || zone.isFull) continue;
      zone.add(zone.many ? left.splice(0) : left.splice(0, 1));
      filled.push(zone.words);
    }
    return { filled, left };
  }

  const photoZones = () => zones.filter((zone) => zone.holdsPhotos);

  // What is pasted fills what is empty first; it replaces a photo only where somebody is at that photo.
  function paste(files) {
    const zones = photoZones();
    if (!zones.length) return;
    const inside = zones.find((zone) => zone.root.contains(document.activeElement));
    const order = inside && !inside.isFull ? [inside, ...zones.filter((zone) => zone !== inside)] : zones;
    const { filled, left } = spread(files, order);
    if (filled.length) {
      const done = gettext("Pasted as %(places)s.", { places: filled.join(` ${gettext("and")} `) });
      return say(left.length ? `${done} ${gettext("There is no room for more.")}` : done);
    }
    if (!inside && zones.length > 1)
      return say(gettext("Nothing was pasted: both photos are chosen. Remove the one that you want to replace."));
    const zone = inside ?? zones[0];
    zone.put(left.slice(0, 1));
    say(gettext("Pasted in place of %(place)s.", { place: zone.words }));
  }

  for (const root of form.querySelectorAll("[data-drop]"))
    zones.push(new Zone(root, { onFiles: take, onChange: changed }));
  showOptions(form);
  return paste;
}

async function firstEqual(file, others) {
  for (const other of others) {
    if (other.size !== file.size || !file.size) continue;
    const [one, two] = await Promise.all([file.arrayBuffer(), other.arrayBuffer()]);
    const bytes = new Uint8Array(two);
    if (new Uint8Array(one).every((byte, place) => byte === bytes[place])) return other;
  }
  return null;
}

// The line that stands for the options says what is chosen.
function showOptions(form) {
  const chosen = form.querySelector("[data-strictness]");
  if (!chosen) return;
  const show = () => {
    for (const input of form.querySelectorAll('[name="false_match_rate"]'))
      if (input.checked) chosen.textContent = input.dataset.words;
  };
  form.addEventListener("change", show);
  show(); // a browser that goes back keeps what was chosen
}

let paste = null;
function mountAll() {
  for (const form of document.documentElement.querySelectorAll("[data-compare]")) {
    if (form.dataset.mounted) continue;
    form.dataset.mounted = "yes";
    paste = mount(form);
  }
}
mountAll();
document.body.addEventListener("htmx:load", mountAll); // a form that came with a result

keepPageOnDrop();
acceptPastes((files) => paste?.(files));
