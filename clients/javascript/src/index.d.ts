// Types of the client. Answers are those of the API, field by field; docs/api.md explains them.

/** The bytes of a photo. In Node: `await fs.openAsBlob(path)`, or what `fs.readFile` gives. */
export type Photo = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;
export type Outcome = "match" | "no_match" | "inconclusive";
export type FalseMatchRate = 0.01 | 0.001 | 0.0001 | 0.00001;

export interface Stoppable {
  /** Ends the request, and the waiting for its result. */
  signal?: AbortSignal;
}

export interface SubmitOptions extends Stoppable {
  title?: string;
  /** How often two different people may be called a match. */
  false_match_rate?: FalseMatchRate;
  /** Which of several faces is meant, counted from 0. */
  probe_face?: number;
  /** Seconds to wait for the verdict (120); 0: do not wait. */
  patience?: number;
}

export interface CompareOptions extends SubmitOptions {
  reference_face?: number;
}

export type DryOptions = Omit<SubmitOptions, "title" | "patience">;

export interface Refusal {
  code: string;
  detail: string;
  remedy: string;
  which: string;
  faces: unknown[];
}

export interface Candidate {
  person_id: string;
  name: string;
  similarity: number;
  probability: number;
  outcome: Outcome;
}

/** A verdict, or what stands in its way. `outcome` is null unless `state` is done. */
export interface Verification {
  id: string;
  kind: string;
  state: "pending" | "running" | "done" | "refused" | "failed";
  outcome: Outcome | null;
  similarity: number | null;
  confidence: number | null;
  probability: number | null;
  leaning: "same" | "different" | null;
  threshold: number | null;
  false_match_rate: number;
  title: string;
  probe_name: string;
  reference_name: string;
  person_name: string;
  created_at: string;
  candidates: Candidate[];
  refusal: Refusal | null;
  failure: { code: string } | null;
  [more: string]: unknown;
}

/** A verdict that was not stored. */
export interface Verdict {
  outcome: Outcome;
  similarity: number;
  confidence: number;
  probability: number;
  leaning: "same" | "different" | null;
  threshold: number;
  false_match_rate: number;
  [more: string]: unknown;
}

export interface Face {
  index: number;
  bounding_box: { left: number; top: number; width: number; height: number };
  /** Points as [x, y], in pixels of the upright photo. */
  landmarks: Record<string, [number, number]>;
  detection_score: number;
  quality: Record<string, number>;
  /** Why it cannot be compared; null: it can. */
  problem: { code: string; detail: string; remedy: string } | null;
  /** With `embeddings`; null for a face that cannot be compared. */
  embedding?: number[] | null;
  [more: string]: unknown;
}

/** The faces of a photo, the largest first. Only embeddings of the same `model` can be compared. */
export interface Detection {
  faces: Face[];
  image: { width: number; height: number };
  model: { name: string; version: string; sha256: string };
  [more: string]: unknown;
}

export interface Person {
  id: string;
  name: string;
  note: string;
  tags: string[];
  anchor_count: number;
  ready_count: number;
  [more: string]: unknown;
}

/** A photo known to show a person; `state` is ready once it can be compared with. */
export interface Anchor {
  id: string;
  person: string | null;
  state: "pending" | "running" | "ready" | "refused" | "failed";
  file_name: string;
  quality: number | null;
  refusal: Refusal | null;
  failure: { code: string } | null;
  [more: string]: unknown;
}

export interface PersonDetails {
  note?: string;
  tags?: string[];
  consent_given_by?: string;
  consent_at?: string;
  consent_for?: string;
  [more: string]: unknown;
}

export type Filters = Record<string, string | number | boolean | undefined>;

export interface RequestOptions extends Stoppable {
  query?: Filters;
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
}

export interface ClientOptions {
  /** Seconds for an answer (60). */
  timeout?: number;
  /** How often a request is sent again after 429, 502, 503, 504 or no answer (5). */
  retries?: number;
  /** Seconds that a pause before it may last, whatever `Retry-After` asks for (60). */
  longestPause?: number;
  fetch?: typeof fetch;
}

/**
 * A program's connection to one faceverify server. An API key is a secret: in a browser use one only on
 * pages that nobody else sees. Methods reject with ApiError for what the server refuses, and with
 * Unreachable when no answer comes.
 */
export class Faceverify {
  constructor(url: string, key: string, options?: ClientOptions);
  readonly url: string;

  /** Do two photos show the same person? Waits for the verdict. */
  compare(probe: Photo, reference: Photo, options?: CompareOptions): Promise<Verification>;
  /** Does a photo show this person of the gallery? */
  verify(probe: Photo, person: string, options?: SubmitOptions): Promise<Verification>;
  /** Whom of the gallery does a photo show? See `candidates`. */
  identify(probe: Photo, options?: SubmitOptions): Promise<Verification>;
  /** Who is on a photo of several people? See `named_faces`. */
  identifyGroup(probe: Photo, options?: SubmitOptions): Promise<Verification>;
  verification(id: string): Promise<Verification>;
  /** Past verifications, newest first. */
  history(filters?: Filters): AsyncGenerator<Verification, void>;
  /** Delete a verification and its photos for good. */
  delete(id: string): Promise<void>;
  /** Say what a verdict should have been. */
  review(id: string, judgement: "same" | "different" | "unsure", options?: { note?: string }): Promise<unknown>;

  /** Every face of a photo. Like the four below, nothing of it is stored. */
  detect(photo: Photo, options?: Stoppable & { max_faces?: number }): Promise<Detection>;
  /** The same with the numbers of each face. The key needs the scope `embeddings`. */
  embeddings(photo: Photo, options?: Stoppable & { max_faces?: number }): Promise<Detection>;
  compareDry(probe: Photo, reference: Photo, options?: DryOptions & { reference_face?: number }): Promise<Verdict>;
  verifyDry(probe: Photo, person: string, options?: DryOptions): Promise<Verdict>;
  identifyDry(probe: Photo, options?: DryOptions & { limit?: number }): Promise<Candidate[]>;

  people(filters?: Filters): AsyncGenerator<Person, void>;
  person(id: string): Promise<Person>;
  personAdd(name: string, details?: PersonDetails): Promise<Person>;
  personUpdate(id: string, details: PersonDetails & { name?: string }): Promise<Person>;
  personDelete(id: string): Promise<void>;
  anchors(person: string): AsyncGenerator<Anchor, void>;
  /** Add a photo of a person and wait until it can be compared with, or is refused. */
  anchorAdd(person: string, photo: Photo, options?: Stoppable & { face_index?: number; patience?: number }): Promise<Anchor>;
  anchor(id: string): Promise<Anchor>;
  anchorDelete(id: string): Promise<void>;

  /** A session that looks for a person of the gallery by id, for the one on a photo, or for everyone. */
  live(options?: { person?: string; photo?: Photo; challenge?: boolean; false_match_rate?: FalseMatchRate }): Promise<LiveSession>;

  /** The JSON at a path below /api/v1/. */
  get(path: string, options?: RequestOptions): Promise<any>;
  post(path: string, options?: RequestOptions): Promise<any>;
  request(method: string, path: string, options?: RequestOptions): Promise<Response>;
  /** Every row of a list, page after page. */
  pages(path: string, filters: Filters): AsyncGenerator<any, void>;
}

/** What a frame showed. */
export interface LiveAnswer {
  faces?: unknown[];
  guidance?: string | null;
  step?: string | null;
  progress?: number;
  /** After the last one. */
  end?: unknown;
  [more: string]: unknown;
}

export class LiveSession {
  private constructor();
  readonly id: string;
  /** Send a JPEG, taken so many milliseconds after the first, once the one before is answered. */
  send(jpeg: Photo, milliseconds: number): Promise<LiveAnswer>;
  /** `state`, `outcome`, `challenge`, `reasons`, and `verification`, the id of the verdict. */
  result(): Promise<any>;
  /** Cancel the session, unless it is over. */
  close(): Promise<void>;
}

export interface WebhookMessage {
  type: string;
  timestamp: string;
  data: Record<string, any>;
}

/**
 * The message of a webhook, if it was signed with `secret` (`whsec_...`) and is not older than `tolerance`
 * seconds (300). `body` is what came, not parsed. Rejects with NotGenuine.
 */
export function verifyWebhook(
  secret: string,
  headers: Headers | Record<string, string | string[] | undefined>,
  body: string | ArrayBuffer | Uint8Array<ArrayBuffer>,
  options?: { tolerance?: number; now?: number },
): Promise<WebhookMessage>;

export class FaceverifyError extends Error {}
/** No answer, after all tries. */
export class Unreachable extends FaceverifyError {}
/** A message of a webhook that is not to be trusted. */
export class NotGenuine extends FaceverifyError {}
/** The result did not come within the time; `id` is where to ask for it later. */
export class NotFinished extends FaceverifyError {
  constructor(id: string);
  readonly id: string;
}
/** The server said no: the members of its problem+json. */
export class ApiError extends FaceverifyError {
  constructor(status: number, problem: Record<string, any>);
  readonly status: number;
  readonly problem: Record<string, any>;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  readonly errors: Record<string, unknown[]>;
  readonly requestId: string;
}
