"""The operations of Amazon Rekognition that are answered: what each takes, needs and does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.serializers import Serializer

from faceverify.api.scopes import Scope

from . import inputs, looking
from .authentication import Caller

READ, WRITE, VERIFY = Scope.GALLERY_READ, Scope.GALLERY_WRITE, Scope.VERIFY


@dataclass(frozen=True)
class Operation:
    """`run` gives the answer's members. The key needs all of `scopes`. `looks`: a worker looks at photos
    or compares faces, which costs its time."""

    run: Callable[[Caller, dict[str, Any]], dict[str, Any]]
    fields: type[Serializer]
    scopes: tuple[Scope, ...]
    looks: bool = False


OPERATIONS = {
    "DetectFaces": Operation(looking.detect, inputs.Detect, (VERIFY,), looks=True),
    "CompareFaces": Operation(looking.compare, inputs.Compare, (VERIFY,), looks=True),
}
