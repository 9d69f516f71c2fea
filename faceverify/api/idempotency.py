"""`Idempotency-Key`: a POST that is sent again because its answer was lost is not carried out again.

For a day the same key with the same body gets the same answer; with another body it gets 409. Of
two requests at once, one is carried out and the other waits for its answer. An error is not kept:
its key may be used again, also when the database went away before the key could be freed.
"""

import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from .models import AnswerId, IdempotentRequest

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY_LENGTH = 255
KEPT = timedelta(hours=24)
# Longer than a request may take: after that, the process that answered it is gone.
LEASE = timedelta(seconds=90)
PATIENCE = 12  # seconds that the second of two requests waits for the first
PAUSE = 0.05
SLICE = 500  # rows that `prune` deletes at a time
SALT = b"faceverify idempotency"
# Requests of this process that failed while the database was away: rows and when they were started.
# In other processes their keys are free after LEASE.
_left: dict[int, datetime] = {}
MOST_LEFT = 10_000
ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


class KeyReused(APIException):
    status_code = 409
    default_code = "idempotency_key_reused"
    default_detail = (
        "This Idempotency-Key was used before with another body or at another address. "
        "Send a new key with a new request."
    )


class InProgress(APIException):
    status_code = 409
    default_code = "idempotency_in_progress"
    default_detail = "The request with this Idempotency-Key is still being answered: send it again."
    wait = 1


def answer_once(view, handler, request, *args, **kwargs):
    """The answer of a view's POST handler, or the one it gave to the same request before."""
    row, acquired = _acquire(request.user, _key(request.headers[HEADER]), _digest(request))
    if not acquired:
        headers = {REPLAYED: "true"} | ({"Location": row.location} if row.location else {})
        return Response(json.loads(row.body), status=row.status, headers=headers)
    request.idempotency_id = str(row.pk)
    try:
        # What the handler creates and its kept answer are committed together, or neither is.
        with nullcontext() if view.commits_early else transaction.atomic():
            response = handler(request, *args, **kwargs)
            _keep(row, response, view.omit_from_replay)
    except BaseException as error:
        _free(row, keep=view.commits_early and not isinstance(error, APIException))
        raise
    return response


def once(owner, key: str, said: Any, answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `answer()` gives, or gave to the same request before, for interfaces that carry their key in
    the body. `said` is what the request says, as JSON.

    Raises KeyReused, InProgress, and whatever `answer` does, which frees the key.
    """
    row, acquired = _acquire(owner, key, _mac([key, said]))
    if not acquired:
        return json.loads(row.body)
    try:
        data = answer()
        _store(row, 200, "", data)
    except BaseException:
        _free(row, keep=False)
        raise
    return data


def prune() -> int:
    """Delete the requests that are older than a day; their number."""
    old = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT)
    deleted = 0
    while pks := list(old.values_list("pk", flat=True)[:SLICE]):
        IdempotentRequest.objects.filter(pk__in=pks).delete()
        deleted += len(pks)
    return deleted


def forget(owner_id, id) -> None:
    """Delete this owner's kept answers that contain the id of a row that is deleted."""
    IdempotentRequest.objects.filter(owner=owner_id, ids__value=id).delete()


def ids_in(body: str) -> set[uuid.UUID]:
    """The ids that an answer contains."""
    return {uuid.UUID(text) for text in ID.findall(body)}


def _acquire(owner, key: str, digest: str) -> tuple[IdempotentRequest, bool]:
    """The row of this key, and whether this request is to be carried out; if not, the row has the
    answer. Raises KeyReused, InProgress."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            row, created = IdempotentRequest.objects.get_or_create(
                owner=owner, key=key, defaults={"digest": digest}
            )
        except IntegrityError:
            pass  # another request had the key until now, and failed: the key is free again
        else:
            if created:
                return row, True
            now = timezone.now()
            if row.created_at < now - KEPT:
                row.delete()
                continue
            if not hmac.compare_digest(row.digest, digest):
                raise KeyReused
            if row.status is not None:
                return row, False
            left = row.started_at < now - LEASE or _left.get(row.pk) == row.started_at
            if left and _rows(row).update(started_at=now):
                _left.pop(row.pk, None)
                row.started_at = now
                return row, True
        if time.monotonic() > deadline:
            raise InProgress
        time.sleep(PAUSE)


def _free(row: IdempotentRequest, *, keep: bool) -> None:
    """Free the key of a request that failed. With `keep` the row stays, so that the next request has
    the same `idempotency_id`: what this one may have committed already is not made again."""
    try:
        if keep:
            _rows(row).update(started_at=row.started_at - 2 * LEASE)
        else:
            _rows(row).delete()
    except DatabaseError:
        _left[row.pk] = row.started_at
        while len(_left) > MOST_LEFT:
            _left.pop(next(iter(_left)))


def _keep(row: IdempotentRequest, response, omitted: tuple[str, ...]) -> None:
    if not isinstance(response, Response) or response.status_code >= 400:
        _rows(row).delete()
        return
    data = response.data
    if omitted:
        data = {name: value for name, value in data.items() if name not in omitted}
    _store(row, response.status_code, response.get("Location", ""), data)


def _store(row: IdempotentRequest, status: int, location: str, data: Any) -> None:
    body = JSONRenderer().render(data).decode() or "null"
    with transaction.atomic():
        AnswerId.objects.bulk_create(AnswerId(request=row, value=id) for id in ids_in(body))
        _rows(row).update(status=status, location=location, body=body)


def _rows(row: IdempotentRequest):
    """The row, while no other process has taken it over or answered it."""
    return IdempotentRequest.objects.filter(pk=row.pk, started_at=row.started_at, status=None)


def _key(value: str) -> str:
    if (
        not value.strip()
        or len(value) > KEY_LENGTH
        or not (value.isascii() and value.isprintable())
    ):
        raise ValidationError(
            {HEADER: f"Send 1 to {KEY_LENGTH} ASCII characters, for example a UUID."}
        )
    return value


def _digest(request) -> str:
    """Equal for requests with the same address and content, whatever the encoding. It is keyed, so
    that it reveals nothing about a photo."""
    data = request.data
    fields = dict(data.lists()) if hasattr(data, "lists") else data
    return _mac([request.path, fields])


def _mac(content: Any) -> str:
    mac = hmac.new(SALT + settings.SECRET_KEY.encode(), digestmod=hashlib.sha256)
    mac.update(json.dumps(content, sort_keys=True, default=_file_digest).encode())
    return mac.hexdigest()


def _file_digest(value) -> str:
    if not isinstance(value, File):
        return repr(value)
    value.seek(0)
    digest = hashlib.sha256(value.read()).hexdigest()
    value.seek(0)
    return f"file {digest}"
