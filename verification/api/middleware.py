"""What all answers of the API about the jobs of workers say."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from ..jobs.models import PENDING, RUNNING
from ..jobs.pace import seconds_to_wait


class RetryAfterMiddleware:
    """While many wait, an answer about a job that has not ended says when to ask again (`Retry-After`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        told = getattr(response, "data", None)
        if (
            isinstance(told, dict)
            and told.get("state") in (PENDING, RUNNING)
            and "created_at" in told
        ):
            since = told["created_at"]
            since = datetime.fromisoformat(since) if isinstance(since, str) else since
            if (seconds := seconds_to_wait(since)) is not None:
                response.headers["Retry-After"] = str(seconds)
        return response
