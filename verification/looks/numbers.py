"""Embeddings that a program sends in: only those of the model that is served."""

import math
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from .. import engine


class NumbersRefused(ValueError):
    """Why they cannot be used: the field that is wrong, a code and a sentence."""

    def __init__(self, field: str, code: str, detail: str):
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


def checked_numbers(numbers: Sequence[float], model: Mapping[str, str]) -> list[float]:
    """The embedding, scaled to length 1.

    Args:
        model: whose it is, as an answer told it: `sha256`, or `name` and `version`.

    Raises:
        NumbersRefused: it is another model's, or no embedding of this model's size.
        engine.ArtifactError: there is no model.
    """
    served = engine.model_info()
    own = {"name": served.name, "version": served.version, "sha256": served.sha256}
    is_named = "sha256" in model or {"name", "version"} <= model.keys()
    if not is_named or any(own.get(name) != value for name, value in model.items()):
        raise NumbersRefused("model", "another_model", _another_model(served))
    if len(numbers) != served.embedding_size:
        said = gettext("An embedding of this model has %(size)s numbers, not %(sent)s.")
        sizes = {"size": served.embedding_size, "sent": len(numbers)}
        raise NumbersRefused("embedding", "embedding_invalid", said % sizes)
    length = math.sqrt(math.fsum(value * value for value in numbers))
    if not math.isfinite(length) or length < 1e-6:
        detail = gettext("The numbers are all zero, or too large.")
        raise NumbersRefused("embedding", "embedding_invalid", detail)
    return [value / length for value in numbers]


def _another_model(served: engine.ModelInfo) -> str:
    return gettext(
        "Embeddings of another model cannot be compared. This server uses %(name)s %(version)s, sha256 "
        "%(sha256)s: name it by `sha256`, or by `name` and `version`, and send its embeddings."
    ) % {"name": served.name, "version": served.version, "sha256": served.sha256}
