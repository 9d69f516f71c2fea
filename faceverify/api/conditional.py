"""ETags and what depends on them (RFC 9110, 8.8.3 and 13).

The ETag of an answer to GET is a hash of its content. A client that keeps a copy sends it in
`If-None-Match` and gets 304 while nothing has changed; one that changes or deletes something sends
it in `If-Match` and gets 412 if somebody else changed it first.
"""

import hashlib

from django.db import transaction
from django.http import Http404
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import parse_etags
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response


class PreconditionFailed(APIException):
    status_code = 412
    default_code = "precondition_failed"
    default_detail = "This has changed since you read it: read it again before you change it."


def etag_of(data) -> str:
    """The strong ETag of the data of an answer."""
    return f'"{hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]}"'


def with_etag(request, response):
    """The answer to a GET with its ETag, or 304 in its place."""
    if request.method not in ("GET", "HEAD") or not isinstance(response, Response):
        return response
    if response.status_code != 200 or response.streaming:
        return response
    etag = etag_of(response.data)
    response["ETag"] = etag
    if "Cache-Control" not in response:
        patch_cache_control(response, private=True, no_cache=True)
    return get_conditional_response(request._request, etag=etag, response=response)


def only_if_match(view, handler, request, *args, **kwargs):
    """Carry out a PATCH, PUT or DELETE only if the resource is as the client knows it.

    The comparison and the change are one transaction with the row locked, so nothing can change it
    in between.
    """
    wanted = parse_etags(request.headers["If-Match"])
    with transaction.atomic():
        if "pk" in kwargs:
            _lock(view, kwargs["pk"])
        if wanted != ["*"] and etag_of(_current(view, request, *args, **kwargs)) not in wanted:
            raise PreconditionFailed
        return handler(request, *args, **kwargs)


def _lock(view, pk) -> None:
    """Lock the row, by `view.lock` if the view has one."""
    model = getattr(getattr(view, "queryset", None), "model", None)
    if hasattr(view, "lock"):
        view.lock(pk)
    elif model is not None:
        model.objects.select_for_update().filter(pk=pk).values_list("pk").first()


def _current(view, request, *args, **kwargs):
    """The data that GET at this address would answer."""
    reader = getattr(view, "get", None)
    if reader is None:
        raise Http404
    return reader(request, *args, **kwargs).data
