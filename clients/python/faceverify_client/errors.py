"""What can go wrong, by who can mend it."""

import httpx


class FaceverifyError(Exception):
    """Anything this package raises on purpose."""


class ConfigError(FaceverifyError):
    """The server's address or the key is missing, or their file is not safe to use."""


class ServerUnreachable(FaceverifyError):
    """No answer, after all tries."""


class NotGenuine(FaceverifyError):
    """A message of a webhook that is not to be trusted."""


class NotFinished(FaceverifyError):
    """The result did not come within the time; `id` is where to ask for it later."""

    def __init__(self, id: str):
        super().__init__(f"{id} is not finished yet: ask for it again later. Is a worker running?")
        self.id = id


class ApiError(FaceverifyError):
    """The server said no: the members of its problem+json (RFC 9457)."""

    def __init__(self, status: int, problem: dict):
        self.status = status
        self.problem = problem
        self.code: str = problem.get("code", "unknown")
        self.detail: str = problem.get("detail", f"The server answered {status}.")
        self.remedy: str = problem.get("remedy", "")
        self.errors: dict[str, list[dict]] = problem.get("errors", {})
        self.request_id: str = problem.get("request_id", "")
        super().__init__(self.told())

    @property
    def is_refused_photo(self) -> bool:
        return bool(self.remedy) and self.status in (413, 415, 422)

    @property
    def is_temporary(self) -> bool:
        return self.status == 429 or self.status >= 500

    def told(self) -> str:
        lines = [self.detail]
        if self.remedy:
            lines.append(self.remedy)
        else:
            for field, found in self.errors.items():
                lines += [f"{field}: {each.get('detail', '')}" for each in found]
        return "\n".join(lines)


def problem_of(answer: httpx.Response) -> dict:
    """The members of an answer's problem+json, as far as it is one."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    return (
        body if isinstance(body, dict) else {"detail": f"The server answered {answer.status_code}."}
    )
