// What every upload shares: the request with its progress, the checks of a file, and where files can be dropped.

import { gettext } from "./words.js";

// Send `data` and call onProgress with the share that has left, 0 to 1. Resolves to the status, 0 when the
// server cannot be reached, and the JSON that came back, null when it was a page.
export function post(url, data, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch does not report how much is uploaded
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Prefer", "wait=1"); // for what is soon done
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => resolve({ status: request.status, answer: parsed(request.responseText) }));
    request.addEventListener("error", () => resolve({ status: 0, answer: null }));
    request.send(data);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a page: somebody is signed out, or a proxy answered
  }
}

// Why a photo cannot be sent, "" when it can. The limits stand on the form.
export function photoProblem(file, limits) {
  if (file.size > Number(limits.maxBytes))
    return gettext("The file is larger than %(most)s MB. Save the photo as a JPEG or at a smaller size.", {
      most: limits.maxMegabytes,
    });
  if (file.size === 0) return gettext("The file is empty. Choose the photo again.");
  return "";
}

// The same of a file that is no photo, a ZIP or a list.
export function fileProblem(file, limits) {
  if (file.size > Number(limits.maxBytes))
    return gettext("The file is larger than %(most)s MB. Split it into several and send them one after another.", {
      most: limits.maxMegabytes,
    });
  if (file.size === 0) return gettext("The file is empty. Choose another one.");
  return "";
}

// Files dropped on `area` go to onFiles; while they are above it, `root` carries `className`.
export function acceptDrops(area, { root, className, onFiles }) {
  let depth = 0; // dragenter and dragleave also come from the children
  area.addEventListener("dragenter", (event) => {
    event.preventDefault();
    depth += 1;
    root.classList.add(className);
  });
  area.addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) root.classList.remove(className);
  });
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    root.classList.remove(className);
    onFiles(event.dataTransfer.files);
  });
}

// A drop beside the area would otherwise replace the page by the photo.
export function keepPageOnDrop() {
  for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());
}

// The images among what is pasted; `take` gets them, unless there are none.
export function acceptPastes(take) {
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
}
