// What <faceverify-live> needs of a browser beyond page.mjs: a camera, a clock that the test moves, and a server
// that it plays.

import { Element, open, parse, settled } from "./page.mjs";

const [WIDTH, HEIGHT] = [640, 480]; // of the camera
const PICTURE = 60; // bytes of its JPEGs

// The time of a page. Nothing happens in it until the test lets time pass.
class Clock {
  now = 1000;
  #timers = new Map();
  #number = 0;

  start(what, ms = 0, given = [], every = null) {
    this.#number += 1;
    this.#timers.set(this.#number, { what: () => what(...given), at: this.now + ms, every });
    return this.#number;
  }

  stop(number) {
    this.#timers.delete(number);
  }

  async pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      const [number, timer] = due;
      this.now = timer.at;
      if (timer.every === null) this.stop(number);
      else timer.at += Math.max(timer.every, 1);
      timer.what();
      await settled();
    }
    this.now = end;
    await settled();
  }
}

// One that gives its bytes within the turn, not at some later one.
class Bytes {
  constructor(parts) {
    this.bytes = parts.flatMap((part) => [...(part.bytes ?? new Uint8Array(part.buffer ?? part))]);
    this.size = this.bytes.length;
  }
  async arrayBuffer() {
    return new Uint8Array(this.bytes).buffer;
  }
}

class CustomElement extends Element {
  isConnected = true;

  attachShadow() {
    this.shadowRoot = new Element("shadow");
    Object.defineProperty(this.shadowRoot, "innerHTML", { set: (html) => this.shadowRoot.append(...drawable(parse(html))) });
    this.shadowRoot.activeElement = null;
    return this.shadowRoot;
  }

  dispatchEvent(event) {
    return !this.fire(event.type, { detail: event.detail }).defaultPrevented;
  }
}

// With what the element asks of pictures; nothing is painted.
function drawable(elements) {
  const nothing = new Proxy({}, { get: () => () => ({ width: 10 }), set: () => true });
  for (const element of elements) {
    element.style = {};
    if (element.tag === "canvas") element.getContext = () => nothing;
    drawable(element.children);
  }
  return elements;
}

export class Track {
  readyState = "live";
  #ended = [];

  stop() {
    this.readyState = "ended";
  }

  getSettings() {
    return { facingMode: "user", deviceId: "front" };
  }

  addEventListener(_type, listener) {
    this.#ended.push(listener);
  }

  unplug() {
    this.stop();
    for (const listener of this.#ended) listener();
  }
}

// A page with the element, its clock, its camera and its sockets. `browser` replaces parts of the browser.
export async function live(browser = {}, html = "") {
  const clock = new Clock();
  const seen = { clock, sockets: [], tracks: [], events: [], posts: [], answer: () => Promise.reject(new Error("away")) };

  class Line {
    sent = [];
    constructor(url) {
      this.url = String(url);
      seen.sockets.push(this);
    }
    send(data) {
      this.sent.push(data);
    }
    close(code) {
      this.closed = code;
    }
    // What the server does.
    accept() {
      this.onopen();
    }
    say(message) {
      this.onmessage({ data: JSON.stringify(message) });
      return settled();
    }
    drop(code = 1006) {
      this.onclose({ code });
      return settled();
    }
  }

  let define = null;
  const camera = {
    getUserMedia: async () => {
      const track = new Track();
      seen.tracks.push(track);
      return { getTracks: () => [track], getVideoTracks: () => [track] };
    },
    enumerateDevices: async () => [{ kind: "videoinput", deviceId: "front", label: "Front" }],
  };
  const held = { getContext: () => ({ drawImage() {} }), convertToBlob: async () => new Bytes([new Uint8Array(PICTURE)]) };
  const page = await open(html, "faceverify-live.js", {
    HTMLElement: CustomElement,
    CSSStyleSheet: class {
      replaceSync() {}
    },
    CustomEvent: class {
      constructor(type, { detail }) {
        Object.assign(this, { type, detail });
      }
    },
    Option: class extends Element {
      constructor(text, value) {
        super("option", { value });
        this.textContent = text;
      }
    },
    OffscreenCanvas: function () {
      return held;
    },
    Blob: Bytes,
    WebSocket: Line,
    customElements: { get: () => undefined, define: (_name, made) => (define = made) },
    performance: { now: () => clock.now, measure() {}, clearMeasures() {} },
    setTimeout: (what, ms, ...given) => clock.start(what, ms, given),
    setInterval: (what, ms, ...given) => clock.start(what, ms, given, ms),
    clearTimeout: (number) => clock.stop(number),
    clearInterval: (number) => clock.stop(number),
    requestAnimationFrame: (what) => clock.start(what, 0, [clock.now]),
    devicePixelRatio: 1,
    isSecureContext: true,
    navigator: { mediaDevices: camera },
    location: { href: "https://faces.example.org/compare/live/" },
    removeEventListener() {},
    fetch: async (...asked) => {
      seen.posts.push(asked);
      return seen.answer(...asked);
    },
    ...browser,
  });
  page.document.removeEventListener = () => {};
  const element = new define("faceverify-live");
  page.document.body.append(element);
  for (const name of ["starting", "started", "guidance", "ended"])
    element.addEventListener(name, ({ detail }) => seen.events.push([name, detail]));
  const part = (selector) => element.shadowRoot.querySelector(selector);
  const video = part("video");
  let paint = null;
  Object.assign(video, { videoWidth: WIDTH, videoHeight: HEIGHT, play: async () => {} });
  video.requestVideoFrameCallback = (see) => (paint = see);
  element.prepare = async () => ({ session: "7", token: `token ${seen.sockets.length + 1}` });
  element.connectedCallback();
  return Object.assign(seen, page, {
    element,
    part,
    words: define.words,
    said: () => part(".said").textContent,
    told: () => (part(".cover").hidden ? "" : part(".text").textContent),
    // The camera gives a picture.
    async picture(captureTime = clock.now) {
      paint(clock.now, { captureTime });
      await settled();
    },
    async press() {
      part(".primary").click();
      await settled();
      await settled();
    },
    // Started, and the server is ready.
    async running(ready = {}) {
      await this.press();
      const line = this.sockets.at(-1);
      line.accept();
      await line.say({ type: "ready", task: "identify", seconds: 30, ...ready });
      return line;
    },
  });
}

// The frames that a socket was sent: their numbers and the times, in ms, at which they were taken.
export function frames(line) {
  const heads = line.sent.filter((sent) => typeof sent !== "string").map((sent) => new DataView(sent));
  return heads.map((head) => ({ seq: head.getUint32(0), captured: head.getUint32(4), bytes: head.byteLength - 8 }));
}
