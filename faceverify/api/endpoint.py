"""What every view of the API inherits besides Django REST framework's own."""

from collections.abc import Mapping

from django.http import QueryDict
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import conditional, idempotency, rates, unknown


class Endpoint(APIView):
    """A view of the API; the first base class of a viewset.

    POST obeys `Idempotency-Key`; GET has an ETag and obeys `If-None-Match`; PATCH, PUT and DELETE
    obey `If-Match`; every answer states the rate limits.
    """

    # See faceverify.api.scopes.
    read_scope: str | tuple[str, ...] | None = None
    write_scope: str | tuple[str, ...] | None = None
    delete_scope: str | tuple[str, ...] | None = None
    # Whether keys that are bound to a gallery may be used: it shows and changes nothing else then.
    of_one_gallery = False
    # A POST that may wait for a worker cannot be one transaction, for the worker would not see the
    # row. Such a view passes `request.idempotency_id` to its service, which creates things once.
    commits_early = False
    # False: a POST makes nothing, so that it may simply be sent again, and its answer is never stored.
    keeps_answers = True
    # The query parameters it knows, by action, or by method where a view has no actions.
    parameters: Mapping[str, tuple[str, ...]] = {}
    # The actions, or methods, that read a body, by `validated`.
    with_body: tuple[str, ...] = ("create", "partial_update", "put")
    # Members of an answer that a repeated request does not get: they are not stored.
    omit_from_replay: tuple[str, ...] = ()

    def dispatch(self, request, *args, **kwargs):
        """As in the base class, but for `handle` in place of the handler."""
        self.args, self.kwargs = args, kwargs
        self.request = request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(request, *args, **kwargs)
            response = self.handle(request, *args, **kwargs)
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(request, response, *args, **kwargs)
        return self.response

    def handle(self, request: Request, *args, **kwargs) -> Response:
        """Call the method's handler, under the conditions that the header fields set."""
        refuse_nul(request.query_params)
        method = str(request.method).lower()
        handler = getattr(self, method, None)
        if handler is None or method not in self.http_method_names:
            return self.http_method_not_allowed(request)
        unknown.refuse_unknown_parameters(self, request)
        if request.method not in SAFE_METHODS and self._action not in self.with_body:
            unknown.refuse_body(request)
        once = self.keeps_answers and idempotency.HEADER in request.headers
        if request.method == "POST" and once:
            return idempotency.answer_once(self, handler, request, *args, **kwargs)
        if request.method in ("PATCH", "PUT", "DELETE") and "If-Match" in request.headers:
            return conditional.only_if_match(self, handler, request, *args, **kwargs)
        return handler(request, *args, **kwargs)

    @property
    def _action(self) -> str:
        return getattr(self, "action", None) or str(self.request.method).lower()

    def known_parameters(self) -> set[str]:
        """The names that the query of this request may have."""
        return set(self.parameters.get(self._action, ()))

    def check_throttles(self, request: Request) -> None:
        """As in the base class, with one read and one write of the cache for all limits."""
        throttles = self.get_throttles()
        with rates.counted_together(throttles, request, self):
            waits = [t.wait() for t in throttles if not t.allow_request(request, self)]
        if waits:
            self.throttled(request, max((w for w in waits if w is not None), default=0))

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response = conditional.with_etag(request, response)
        for name, value in rates.headers(request):
            response[name] = value
        return response


def refuse_nul(query: QueryDict) -> None:
    """Raise ValidationError for the fields of a query with NUL characters, as serializers do for
    those of a body."""
    error = ["Null characters are not allowed."]
    wrong = {
        name.replace("\x00", ""): error
        for name, values in query.lists()
        if any("\x00" in text for text in (name, *values))
    }
    if wrong:
        raise ValidationError(wrong, "null_characters_not_allowed")
