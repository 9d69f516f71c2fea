// What can go wrong, by who can mend it.

export class FaceverifyError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No answer, after all tries. */
export class Unreachable extends FaceverifyError {}

/** A message of a webhook that is not to be trusted. */
export class NotGenuine extends FaceverifyError {}

/** The result did not come within the time; `id` is where to ask for it later. */
export class NotFinished extends FaceverifyError {
  constructor(id) {
    super(`${id} is not finished yet: ask for it again later. Is a worker running?`);
    this.id = id;
  }
}

/** The server said no: the members of its problem+json (RFC 9457). */
export class ApiError extends FaceverifyError {
  constructor(status, problem) {
    const detail = problem.detail ?? `The server answered ${status}.`;
    super(problem.remedy ? `${detail} ${problem.remedy}` : detail);
    this.status = status;
    this.problem = problem;
    this.code = problem.code ?? "unknown";
    this.detail = detail;
    this.remedy = problem.remedy ?? "";
    this.errors = problem.errors ?? {};
    this.requestId = problem.request_id ?? "";
  }

  static async of(answer) {
    const problem = await answer.json().catch(() => ({}));
    return new ApiError(answer.status, problem && typeof problem === "object" ? problem : {});
  }
}
