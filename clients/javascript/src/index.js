// A client of faceverify for browsers and Node, without dependencies. Its types are in index.d.ts.

export { ApiError, FaceverifyError, NotFinished, NotGenuine, Unreachable } from "./errors.js";
export { LiveSession } from "./live.js";
export { verifyWebhook } from "./webhooks.js";
import { FIRST_PAUSE, LONGEST_PAUSE, Requests, asked, form, pause } from "./requests.js";
import { NotFinished } from "./errors.js";
import { LiveSession } from "./live.js";

const SERVER_WAIT = 10; // seconds that the server holds an answer at most
const PATIENCE = 120; // seconds until a result that does not come is given up
const UNFINISHED = ["pending", "running"];

/** A program's connection to one faceverify server; see index.d.ts. */
export class Faceverify extends Requests {
  // Verdicts

  compare(probe, reference, options = {}) {
    return this.#submit("verifications/", { probe, reference }, options);
  }

  verify(probe, person, options = {}) {
    return this.#submit("verifications/", { probe }, { ...options, person });
  }

  identify(probe, options = {}) {
    return this.#submit("identifications/", { probe }, options);
  }

  identifyGroup(probe, options = {}) {
    return this.#submit("group_identifications/", { probe }, options);
  }

  verification(id) {
    return this.get(`verifications/${id}/`);
  }

  history(filters = {}) {
    return this.pages("verifications/", filters);
  }

  async delete(id) {
    await this.request("DELETE", `verifications/${id}/`);
  }

  async review(id, judgement, { note = "" } = {}) {
    return (await this.request("PUT", `verifications/${id}/review/`, { json: { judgement, note } })).json();
  }

  // Without a trace: the server keeps neither photos nor answers

  detect(photo, options = {}) {
    return this.#look("detect/", { photo }, options);
  }

  embeddings(photo, options = {}) {
    return this.#look("embeddings/", { photo }, options);
  }

  compareDry(probe, reference, options = {}) {
    return this.#look("verifications/dry/", { probe, reference }, options);
  }

  verifyDry(probe, person, options = {}) {
    return this.#look("verifications/dry/", { probe }, { ...options, person });
  }

  async identifyDry(probe, options = {}) {
    return (await this.#look("identifications/dry/", { probe }, options)).candidates;
  }

  // The gallery

  people(filters = {}) {
    return this.pages("people/", filters);
  }

  person(id) {
    return this.get(`people/${id}/`);
  }

  personAdd(name, details = {}) {
    return this.post("people/", { json: { name, ...details } });
  }

  async personUpdate(id, details) {
    return (await this.request("PATCH", `people/${id}/`, { json: details })).json();
  }

  async personDelete(id) {
    await this.request("DELETE", `people/${id}/`);
  }

  anchors(person) {
    return this.pages(`people/${person}/anchors/`, {});
  }

  async anchorAdd(person, photo, { patience = PATIENCE, signal, ...options } = {}) {
    const body = form({ image: photo }, options);
    const answer = await this.request("POST", `people/${person}/anchors/`, { body, signal });
    return this.#finished(answer, "anchors", patience, signal);
  }

  anchor(id) {
    return this.get(`anchors/${id}/`);
  }

  async anchorDelete(id) {
    await this.request("DELETE", `anchors/${id}/`);
  }

  // Live

  async live({ person, photo, ...options } = {}) {
    const asked = { task: person || photo ? "verify" : "identify", person, ...options };
    const raw = await this.post("live_sessions/", photo ? { body: form({ photo }, asked) } : { json: asked });
    return new LiveSession(this, raw);
  }

  #look(path, photos, { signal, ...options }) {
    return this.post(path, { body: form(photos, options), signal });
  }

  async #submit(path, photos, { patience = PATIENCE, signal, ...options }) {
    const started = performance.now();
    const query = { wait: Math.min(SERVER_WAIT, patience) };
    const answer = await this.request("POST", path, { query, body: form(photos, options), signal });
    const left = Math.max(0, patience - (performance.now() - started) / 1000);
    return this.#finished(answer, "verifications", left, signal);
  }

  // The row of an answer once it is finished; asked for as often as the server wants, or at growing
  // intervals, at most `patience` seconds.
  async #finished(answer, path, patience, signal) {
    const deadline = performance.now() + patience * 1000;
    for (let growing = FIRST_PAUSE; ; growing = Math.min(growing * 1.5, LONGEST_PAUSE)) {
      const row = await answer.json();
      if (!UNFINISHED.includes(row.state) || !patience) return row;
      const left = (deadline - performance.now()) / 1000;
      if (left < 0) throw new NotFinished(row.id);
      await pause(Math.min(asked(answer) || growing, Math.max(left, FIRST_PAUSE)), signal);
      answer = await this.request("GET", `${path}/${row.id}/`, { signal });
    }
  }
}

