"""The request id: in every log line, in a header of each response, and in the body of an error."""

import structlog
from django.dispatch import receiver
from django_structlog import signals

HEADER = "X-Request-ID"


def request_id() -> str:
    """The id of the current request; empty outside of a request."""
    return structlog.contextvars.get_contextvars().get("request_id", "")


@receiver(signals.bind_extra_request_finished_metadata)
@receiver(signals.bind_extra_request_failed_metadata)
def send_request_id(response=None, **_kwargs) -> None:
    if response is not None:
        response[HEADER] = request_id()


@receiver(signals.update_failure_response)
def send_request_id_on_failure(response, **_kwargs) -> None:
    response[HEADER] = request_id()
