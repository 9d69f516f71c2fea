"""ClientRequestToken: a request that is sent again because its answer was lost is not carried out again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from faceverify.api.idempotency import InProgress, KeyReused, once

from .authentication import Caller
from .errors import IdempotentParameterMismatch, Throttled

Run = Callable[[Caller, dict[str, Any]], dict[str, Any]]


def once_by_token(run: Run) -> Run:
    """An operation that gives the same token the same answer for a day."""

    @wraps(run)
    def wrapper(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
        token = data.pop("ClientRequestToken", None)
        if token is None:
            return run(caller, data)
        key = f"{run.__module__}.{run.__name__} {token}"
        try:
            return once(caller.owner, key, data, lambda: run(caller, data))
        except KeyReused:
            raise IdempotentParameterMismatch(
                "This ClientRequestToken was used before with other parameters."
            ) from None
        except InProgress:
            raise Throttled("The request with this token is still being answered.", 1) from None

    return wrapper
