// A live session: frames go to the server one at a time, and each is answered.

import { ApiError, Unreachable } from "./errors.js";
import { blob } from "./requests.js";

export class LiveSession {
  #client;
  #frames;
  #headers;
  #number = 0;
  #last = -1;
  #over = false;

  constructor(client, raw) {
    this.id = raw.id;
    this.#client = client;
    this.#frames = new URL(`live/sessions/${raw.id}/frames/`, client.url);
    this.#headers = { Authorization: `Live ${raw.token}`, "Content-Type": "application/octet-stream" };
  }

  /** What the server sees in a frame, a JPEG taken so many milliseconds after the first; see index.d.ts. */
  async send(jpeg, milliseconds) {
    this.#last = Math.max(Math.round(milliseconds), this.#last + 1);
    const header = new DataView(new ArrayBuffer(8));
    header.setUint32(0, ++this.#number);
    header.setUint32(4, this.#last);
    const body = new Blob([header, blob(jpeg)]);
    // Without retries: a frame that got lost is not worth repeating.
    const { answer, error } = await this.#client.fetched(this.#frames, { method: "POST", headers: this.#headers, body });
    if (error) throw new Unreachable(`${this.#frames.host} does not answer: ${error.message}`, { cause: error });
    if (!answer.ok) throw await ApiError.of(answer);
    const told = await answer.json();
    this.#over ||= Boolean(told.end);
    return told;
  }

  result() {
    return this.#client.get(`live_sessions/${this.id}/`);
  }

  /** Cancel the session, unless it is over. */
  async close() {
    if (this.#over) return;
    this.#over = true;
    await this.#client.request("DELETE", `live_sessions/${this.id}/`).catch(() => {}); // it ends by itself
  }
}
