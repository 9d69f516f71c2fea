// Requests below /api/v1/, sent again when the server is busy or away.

import { ApiError, Unreachable } from "./errors.js";

export const FIRST_PAUSE = 0.1; // seconds
export const LONGEST_PAUSE = 2;
const RETRIED = [429, 502, 503, 504];
const IN_PROGRESS = "idempotency_in_progress";
const VERSION = "1.0.0";

export class Requests {
  #headers;
  #fetch;

  constructor(url, key, { timeout = 60, retries = 5, longestPause = 60, fetch = globalThis.fetch } = {}) {
    this.url = `${String(url).replace(/\/+$/, "")}/`;
    this.timeout = timeout;
    this.retries = retries;
    this.longestPause = longestPause;
    this.#headers = { Authorization: `Bearer ${key}`, Accept: "application/json" };
    // A browser names itself, and may not be told to say something else.
    if (typeof window === "undefined") this.#headers["User-Agent"] = `faceverify-client-js/${VERSION}`;
    this.#fetch = (...given) => fetch(...given);
  }

  async get(path, options = {}) {
    return (await this.request("GET", path, options)).json();
  }

  async post(path, options = {}) {
    return (await this.request("POST", path, options)).json();
  }

  async *pages(path, filters) {
    let page = await this.get(path, { query: { page_size: 100, ...filters } }); // the most there are
    for (;;) {
      yield* page.results;
      if (!page.next) return;
      // The address may be told as a proxy sees it: only its query is followed.
      page = await this.get(path, { query: Object.fromEntries(new URL(page.next).searchParams) });
    }
  }

  async request(method, path, { query = {}, json, body, headers = {}, signal } = {}) {
    const url = new URL(`api/v1/${path}`, this.url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, String(value));
    }
    const sent = { ...this.#headers, ...headers };
    if (json !== undefined) {
      sent["Content-Type"] = "application/json";
      body = JSON.stringify(json);
    }
    // One that was carried out although its answer got lost is not carried out twice.
    if (method === "POST") sent["Idempotency-Key"] ??= uuid();
    for (let tries = 0; ; tries++) {
      const { answer, error } = await this.fetched(url, { method, headers: sent, body, signal });
      if (answer?.ok) return answer;
      const last = tries >= this.retries;
      if (error) {
        if (last) throw new Unreachable(`${url.host} does not answer: ${error.cause?.message ?? error.message}`, { cause: error });
      } else {
        const refused = await ApiError.of(answer);
        const again = RETRIED.includes(answer.status) || refused.code === IN_PROGRESS;
        if (last || !again) throw refused;
      }
      await pause(Math.min(asked(answer) ?? growing(tries), this.longestPause), signal);
    }
  }

  // {answer}, or {error} when there was none. Throws what `signal` was aborted with.
  async fetched(url, options) {
    const limit = new AbortController();
    const stop = () => limit.abort(options.signal.reason);
    const timer = setTimeout(() => limit.abort(new Error(`no answer within ${this.timeout} s`)), this.timeout * 1000);
    options.signal?.addEventListener("abort", stop);
    try {
      options.signal?.throwIfAborted();
      const answer = await this.#fetch(url, { ...options, signal: limit.signal });
      // Read within the time as well; a Response can be read once.
      const content = [204, 205, 304].includes(answer.status) ? null : await answer.arrayBuffer();
      return { answer: new Response(content, answer) };
    } catch (error) {
      options.signal?.throwIfAborted();
      return { error };
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", stop);
    }
  }
}

/** Wait for so many seconds, or until `signal` is aborted: then it throws. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Photos and options as a form has them, without options that are undefined or null. */
export function form(photos, options) {
  const made = new FormData();
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== null) made.append(name, String(value));
  }
  for (const [name, photo] of Object.entries(photos)) made.append(name, blob(photo), photo.name ?? name);
  return made;
}

/** The bytes of a photo as a Blob. */
export function blob(photo) {
  return photo instanceof Blob ? photo : new Blob([photo]);
}

const growing = (tries) => 0.25 * 2 ** tries * (0.5 + Math.random());

/** The pause that an answer asks for, in seconds. */
export function asked(answer) {
  const told = answer?.headers.get("Retry-After");
  if (!told) return undefined;
  const seconds = /^\d+$/.test(told) ? Number(told) : (Date.parse(told) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

// crypto.randomUUID is there on secure pages alone.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
