"""What every view of the API inherits besides Django REST framework's own."""

from functools import partial

from . import conditional, idempotency, rates


class Endpoint:
    """Mix in before a view's or viewset's base class.

    POST keeps its promise of `Idempotency-Key`; GET has an ETag and answers `If-None-Match`;
    PATCH, PUT and DELETE obey `If-Match`; every answer states the rate limits.
    """

    # See faceverify.api.scopes.
    read_scope = write_scope = None
    # A POST that waits for a worker: it cannot be one transaction, for the worker would not see
    # the row. Such a view hands `request.idempotency_id` to its service, which makes things once.
    waits = False
    # Members of an answer that are told once and not kept for a repetition.
    told_once: tuple[str, ...] = ()

    def initial(self, request, *args, **kwargs):
        """After who it is and what they may do: conditions on the work itself."""
        super().initial(request, *args, **kwargs)
        method = request.method.lower()
        handler = getattr(self, method, None)
        if handler is None:
            return
        if method == "post" and idempotency.HEADER in request.headers:
            setattr(self, method, partial(idempotency.answer_once, self, handler))
        elif method in ("patch", "put", "delete") and "If-Match" in request.headers:
            setattr(self, method, partial(conditional.only_if_match, self, handler))

    def check_throttles(self, request):
        """As in the base class, with one read and one write of the cache for all limits."""
        throttles = self.get_throttles()
        with rates.counted_together(throttles, request, self):
            waits = [t.wait() for t in throttles if not t.allow_request(request, self)]
        if waits:
            self.throttled(request, max((w for w in waits if w is not None), default=None))

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response = conditional.with_etag(request, response)
        for name, value in rates.headers(request):
            response[name] = value
        return response
