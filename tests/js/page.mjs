// A small document in which the scripts of static/js run: only what they use of the DOM, and no layout.

import { register } from "node:module";

// Every page evaluates its scripts anew: the number behind a script's name is handed on to what it imports.
const HOOK = `
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  if (!resolved.url.includes("/static/js/")) return resolved;
  const load = context.parentURL.includes("/static/js/") ? new URL(context.parentURL).search : "";
  return { ...resolved, url: resolved.url + load, format: "module" };
}`;
register(`data:text/javascript,${encodeURIComponent(HOOK)}`);

const VOID = new Set(["input", "img"]);
const camel = (name) => name.replace(/-(.)/g, (_match, letter) => letter.toUpperCase());

class Target {
  listeners = {};
  parent = null;

  addEventListener(type, listener, { once = false } = {}) {
    (this.listeners[type] ??= []).push({ listener, once });
  }

  // An event here, then at each parent, the document and the window; gives the event.
  fire(type, properties = {}) {
    const event = {
      type,
      target: this,
      defaultPrevented: false,
      preventDefault() {
        this.defaultPrevented = true;
      },
      ...properties,
    };
    for (let place = this; place; place = place.parent) {
      const listeners = place.listeners[type] ?? [];
      place.listeners[type] = listeners.filter((each) => !each.once);
      for (const each of listeners) each.listener(event);
    }
    return event;
  }

  dispatchEvent(event) {
    this.fire(event.type);
  }
}

export class Element extends Target {
  attributes = {};
  children = [];
  files = [];
  hidden = false;
  disabled = false;
  checked = false;
  value = "";
  text = "";

  constructor(tag, attributes = {}) {
    super();
    this.tag = tag;
    for (const [name, value] of Object.entries(attributes)) this.setAttribute(name, value);
  }

  setAttribute(name, value) {
    this.attributes[name] = String(value);
    if (name === "class") this.className = value;
    else if (["hidden", "disabled", "checked"].includes(name)) this[name] = true;
    else if (["value", "src", "action", "id", "name"].includes(name)) this[name] = value;
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  hasAttribute(name) {
    return name in this.attributes;
  }

  toggleAttribute(name, on) {
    if (on) this.setAttribute(name, "");
    else this.removeAttribute(name);
  }

  removeAttribute(name) {
    delete this.attributes[name];
    if (name === "src") this.src = "";
    else if (["hidden", "disabled", "checked"].includes(name)) this[name] = false;
  }

  className = "";
  classList = {
    contains: (name) => this.className.split(/\s+/).includes(name),
    toggle: (name, on) => {
      const others = this.className.split(/\s+/).filter((each) => each && each !== name);
      this.className = [...others, ...(on ? [name] : [])].join(" ");
    },
    add: (name) => this.classList.toggle(name, true),
    remove: (name) => this.classList.toggle(name, false),
  };

  dataset = new Proxy(
    {},
    {
      get: (_data, key) => this.attributes[dataName(key)],
      set: (_data, key, value) => {
        this.attributes[dataName(key)] = String(value);
        return true;
      },
      deleteProperty: (_data, key) => delete this.attributes[dataName(key)],
    },
  );

  get textContent() {
    return this.text + this.children.map((child) => child.textContent).join("");
  }

  set textContent(text) {
    this.replaceChildren();
    this.text = text;
  }

  get innerHTML() {
    return this.text + this.children.map((child) => child.outerHTML).join("");
  }

  get outerHTML() {
    return `<${this.tag}>${this.innerHTML}</${this.tag}>`;
  }

  set outerHTML(html) {
    this.replaceWith(...parse(html));
  }

  scrollIntoView() {}

  get elements() {
    return Object.fromEntries(this.querySelectorAll("[name]").map((field) => [field.name, field]));
  }

  get form() {
    return this.closest("form");
  }

  get parentElement() {
    return this.parent;
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get nextElementSibling() {
    return this.sibling(1);
  }

  get previousElementSibling() {
    return this.sibling(-1);
  }

  sibling(step) {
    const all = this.parent?.children ?? [];
    return all[all.indexOf(this) + step] ?? null;
  }

  insert(place, nodes) {
    const elements = nodes.map((node) => (typeof node === "string" ? Object.assign(new Element("text"), { text: node }) : node));
    for (const element of elements) {
      element.remove();
      element.parent = this;
    }
    this.children.splice(place, 0, ...elements);
  }

  append(...elements) {
    this.insert(this.children.length, elements);
  }

  after(...elements) {
    this.parent.insert(this.parent.children.indexOf(this) + 1, elements);
  }

  insertAdjacentHTML(place, html) {
    assertOnly(place, "afterbegin");
    this.insert(0, parse(html));
  }

  replaceChildren(...elements) {
    for (const child of [...this.children]) child.remove();
    this.append(...elements);
  }

  replaceWith(...elements) {
    this.after(...elements);
    this.remove();
  }

  remove() {
    if (!this.parent) return;
    this.parent.children = this.parent.children.filter((child) => child !== this);
    this.parent = null;
  }

  contains(other) {
    for (let place = other; place; place = place.parent) if (place === this) return true;
    return false;
  }

  matches(selectors) {
    return selectors.split(",").some((selector) => this.matchesOne(selector.trim()));
  }

  matchesOne(selector) {
    const [, within, own] = /^(?:(.*) )?(\S+)$/.exec(selector);
    if (within && !this.parent?.closest?.(within)) return false;
    const [, tag, rest] = /^([a-z][a-z0-9-]*|)(.*)$/.exec(own);
    const conditions = [...rest.matchAll(/#([\w-]+)|\.([\w-]+)|\[([\w-]+)(?:="?([^"\]]*)"?)?\]/g)];
    assertOnly(conditions.map(([whole]) => whole).join(""), rest);
    return (
      (!tag || tag === this.tag) &&
      conditions.every(([, id, inClass, name, value]) => {
        if (id) return this.id === id;
        if (inClass) return this.classList.contains(inClass);
        return name in this.attributes && (value === undefined || this.attributes[name] === value);
      })
    );
  }

  closest(selector) {
    if (this.matches(selector)) return this;
    return this.parent instanceof Element ? this.parent.closest(selector) : null;
  }

  querySelectorAll(selector) {
    return this.children.flatMap((child) => [
      ...(child.matches(selector) ? [child] : []),
      ...child.querySelectorAll(selector),
    ]);
  }

  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }

  focus() {
    document.activeElement = this;
  }

  click() {
    this.fire("click");
  }

  requestSubmit(submitter) {
    this.fire("submit", { submitter });
  }

  showModal() {
    this.open = true;
  }

  close(value) {
    if (value !== undefined) this.returnValue = value;
    this.open = false;
    this.fire("close");
  }
}

function dataName(key) {
  return `data-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function assertOnly(value, known) {
  if (value !== known) throw new Error(`This document does not know ${value || known}.`);
}

// Elements of well-formed HTML in which every attribute has double quotes or no value.
export function parse(html) {
  const root = new Element("root");
  let place = root;
  for (const [, closing, tag, attributes, text] of html.matchAll(/<(\/?)([a-z0-9-]+)([^>]*)>|([^<]+)/g)) {
    if (text) place.text += text.trim();
    else if (closing) place = place.parent;
    else {
      const pairs = [...attributes.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value = ""]) => [name, value]);
      const element = new Element(tag, Object.fromEntries(pairs));
      place.append(element);
      if (!VOID.has(tag)) place = element;
    }
  }
  for (const child of root.children) child.parent = null;
  return root.children;
}

// A request that was sent; the test answers it.
class Request extends Target {
  upload = new Target();
  headers = {};
  status = 0;

  open(method, url) {
    Object.assign(this, { method, url });
  }

  setRequestHeader(name, value) {
    this.headers[name] = value;
  }

  send(data) {
    this.data = data;
    page.requests.push(this);
  }

  progress(loaded, total) {
    this.upload.fire("progress", { lengthComputable: true, loaded, total });
  }

  async answer(status, body) {
    this.status = status;
    this.responseText = typeof body === "string" ? body : JSON.stringify(body);
    this.fire("load");
    await settled();
  }

  async fail() {
    this.fire("error");
    await settled();
  }
}

class Transfer {
  files = [];
  items = { add: (file) => this.files.push(file) };
}

class Form {
  fields = {};

  append(name, value) {
    this.fields[name] = value;
  }

  get(name) {
    return this.fields[name];
  }

  set(name, value) {
    this.append(name, value);
  }

  has(name) {
    return name in this.fields;
  }
}

// After what was waiting for a promise has gone on.
export function settled() {
  return new Promise(setImmediate);
}

export function file(name, size = 4, type = "image/jpeg") {
  return new File([new Uint8Array(size)], name, { type, lastModified: 0 });
}

let page = null;
let loads = 0;

// Show `html` in a new document and run a script of static/js in it. Gives what a test sees of the page: its
// requests, where it went, and functions to find elements. `globals` are what else a browser would have.
export async function open(html, script, globals = {}) {
  const window = new Target();
  const document = Object.assign(new Target(), {
    parent: window,
    title: "",
    documentElement: new Element("html"),
    body: new Element("body"),
    createElement: (tag) => new Element(tag),
    getElementById: (id) => document.documentElement.querySelector(`[id="${id}"]`),
    querySelector: (selector) => document.documentElement.querySelector(selector),
  });
  document.documentElement.parent = document;
  document.documentElement.append(document.body);
  document.body.append(...parse(html));
  const went = [];
  page = {
    window,
    document,
    went,
    requests: [],
    find: (selector) => document.querySelector(selector),
    all: (selector) => document.documentElement.querySelectorAll(selector),
    text: (selector) => document.querySelector(selector).textContent,
  };
  const offered = {
    window: globalThis,
    document,
    addEventListener: (...listener) => window.addEventListener(...listener),
    location: { href: "/here/", assign: (url) => went.push(url), reload: () => went.push("reload") },
    navigator: {},
    XMLHttpRequest: Request,
    DataTransfer: Transfer,
    fetch: () => Promise.reject(new Error("no network")),
    FormData: Form,
    ...globals,
  };
  for (const [name, value] of Object.entries(offered))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  loads += 1;
  page.module = await import(new URL(`../../static/js/${script}?${loads}`, import.meta.url));
  return page;
}
