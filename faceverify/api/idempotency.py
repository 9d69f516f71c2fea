"""`Idempotency-Key`: a POST that is sent again, because its answer was lost, is not done again.

The same key with the same body gets the same answer, for a day. With another body it gets 409.
When two arrive at once, one is carried out and the other waits for its answer. An answer that is
an error is not kept: the key may be used again.
"""

import hashlib
import hmac
import json
import time
from contextlib import nullcontext
from datetime import timedelta

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from .models import IdempotentRequest

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY_LENGTH = 255
KEPT = timedelta(hours=24)
# Longer than a request may take: then the process that had it is gone.
LEASE = timedelta(seconds=90)
PATIENCE = 12  # seconds that the second of two waits for the first
PAUSE = 0.05
SALT = b"faceverify idempotency"


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
    row, ours = _take(request.user, _key(request.headers[HEADER]), _digest(request))
    if not ours:
        headers = {REPLAYED: "true"} | ({"Location": row.location} if row.location else {})
        return Response(json.loads(row.body), status=row.status, headers=headers)
    request.idempotency_id = str(row.pk)
    try:
        # What was made and the answer that tells of it are there both, or neither is.
        with nullcontext() if view.commits_early else transaction.atomic():
            response = handler(request, *args, **kwargs)
            _keep(row, response, view.omit_from_replay)
    except BaseException:
        _rows(row).delete()
        raise
    return response


def prune() -> int:
    """Forget what is older than a day; the number forgotten."""
    old = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT)
    return old.delete()[0]


def forget(owner_id, id) -> None:
    """Drop the kept answers that tell of a thing of this owner: it is erased, and they with it."""
    IdempotentRequest.objects.filter(owner=owner_id, body__contains=str(id)).delete()


def _take(owner, key: str, digest: str) -> tuple[IdempotentRequest, bool]:
    """The row of this key, and whether it is ours to carry out; else it holds the answer."""
    prune()
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with transaction.atomic():
                made = IdempotentRequest.objects.create(owner=owner, key=key, digest=digest)
            return made, True
        except IntegrityError:
            row = IdempotentRequest.objects.filter(owner=owner, key=key).first()
        if row is None:
            continue  # the other one failed: its key is free again
        if not hmac.compare_digest(row.digest, digest):
            raise KeyReused
        if row.status is not None:
            return row, False
        now = timezone.now()
        if row.started_at < now - LEASE and _rows(row).update(started_at=now):
            row.started_at = now
            return row, True
        if time.monotonic() > deadline:
            raise InProgress
        time.sleep(PAUSE)


def _keep(row: IdempotentRequest, response, omit_from_replay: tuple[str, ...]) -> None:
    if not isinstance(response, Response) or response.status_code >= 400:
        _rows(row).delete()
        return
    data = response.data
    if omit_from_replay:
        data = {name: value for name, value in data.items() if name not in omit_from_replay}
    _rows(row).update(
        status=response.status_code,
        location=response.get("Location", ""),
        body=JSONRenderer().render(data).decode() or "null",
    )


def _rows(row: IdempotentRequest):
    """The row, while it is as we know it."""
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
    """Tells whether it is the same request again: address and content, not how it is packed.
    Keyed: it says nothing of a photo."""
    mac = hmac.new(SALT + settings.SECRET_KEY.encode(), digestmod=hashlib.sha256)
    data = request.data
    fields = dict(data.lists()) if hasattr(data, "lists") else data
    mac.update(json.dumps([request.path, fields], sort_keys=True, default=_tell).encode())
    return mac.hexdigest()


def _tell(value) -> str:
    if not isinstance(value, File):
        return repr(value)
    value.seek(0)
    digest = hashlib.sha256(value.read()).hexdigest()
    value.seek(0)
    return f"file {digest}"
