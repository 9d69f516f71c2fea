// The API in a browser: sends a form's request as a program would, and shows the answer below it.

const SHOWN = ["Location", "ETag", "RateLimit", "Retry-After", "X-Request-ID"];

for (const form of document.querySelectorAll("form[data-call]")) {
  form.addEventListener("submit", form.dataset.call === "GET" ? leaveOutEmpty : call);
}

// `?name=` is another question than none.
function leaveOutEmpty(event) {
  const inputs = [...event.currentTarget.elements].filter((input) => input.name && !input.value);
  for (const input of inputs) input.disabled = true;
  setTimeout(() => inputs.forEach((input) => (input.disabled = false)));
}

async function call(event) {
  const form = event.currentTarget;
  if (form.dataset.confirm && form.elements.confirmed.value !== "yes") return; // app.js asks first
  event.preventDefault();
  if (form.elements.confirmed) form.elements.confirmed.value = "";
  const button = form.querySelector("button");
  const result = form.querySelector("[data-result]");
  const request = {
    method: form.dataset.call,
    headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
  };
  const json = form.querySelector("[data-json]");
  if (json) {
    try {
      JSON.parse(json.value);
    } catch (error) {
      return show(result, `This is not JSON yet: ${error.message}`);
    }
    request.body = json.value;
    request.headers["Content-Type"] = "application/json";
  } else if (form.enctype === "multipart/form-data") {
    request.body = filled(form);
  }
  button.disabled = true;
  try {
    const answer = await fetch(address(form), request);
    show(result, `${answer.status} ${answer.statusText}`, answer.headers, await bodyOf(answer));
  } catch {
    show(result, "The server was not reached. Nothing is known of what became of the request.");
  } finally {
    button.disabled = false;
  }
}

function address(form) {
  const url = new URL(form.getAttribute("action"), location.href);
  for (const input of form.querySelectorAll("[data-query]")) {
    if (input.value) url.searchParams.set(input.dataset.query, input.value);
  }
  return url;
}

function filled(form) {
  const data = new FormData();
  for (const [name, value] of new FormData(form)) {
    if (name === "csrfmiddlewaretoken") continue;
    if (value instanceof File ? value.name : value) data.append(name, value);
  }
  return data;
}

async function bodyOf(answer) {
  const text = await answer.text();
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function show(result, said, headers, body) {
  const parts = [element("p", "", said)];
  if (headers) {
    const list = element("dl", "facts small");
    for (const name of SHOWN) {
      const value = headers.get(name);
      if (!value) continue;
      const told = element("dd");
      const inner = element(name === "Location" ? "a" : "code", "", value);
      if (name === "Location") inner.href = value;
      told.append(inner);
      list.append(element("dt", "", name), told);
    }
    parts.push(list);
  }
  if (body) {
    const shown = element("pre", "api-body");
    shown.tabIndex = 0;
    shown.setAttribute("role", "region");
    shown.setAttribute("aria-label", "Body of the answer to this request");
    shown.append(element("code", "", body));
    parts.push(shown);
  }
  result.replaceChildren(...parts);
  result.hidden = false;
}
