"""Recognition and verification with the numbers of faces, which the plugin `calculator` tells."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from faceverify.api.scopes import MissingScope

from .. import engine
from ..looks.numbers import NumbersRefused, checked_numbers
from .answers import Told, similarity
from .collection import Collection
from .errors import Code, CompreFaceError
from .looking import EVERYONE, NUMBERS, LookView, names_of, subjects
from .options import Options, options_of
from .service import member_of

MOST = 100  # faces in one request


class NumbersView(LookView):
    """Numbers come with every request, so its key needs their scope."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if NUMBERS not in self.key.scopes:
            raise MissingScope((NUMBERS,))

    def told(self, sent: list[list[float]], decisions: list[Told]) -> Response:
        result = [
            {"embedding": numbers, "similarity": similarity(decision["probability"])}
            for numbers, decision in zip(sent, decisions, strict=True)
        ]
        return Response({"result": result})


class NumbersRecognitionView(NumbersView):
    """Who of the collection has these faces."""

    def post(self, request: Request) -> Response:
        options, sent = options_of(request.query_params), _faces(request, "embeddings")
        collection = Collection(self.owner)
        probes = [self.searched(collection, checked(numbers), options) for numbers in sent]
        names = names_of(collection, probes)
        result = [
            {
                "embedding": numbers,
                "similarities": subjects(probe["matches"], names, options.predictions),
            }
            for numbers, probe in zip(sent, probes, strict=True)
        ]
        return Response({"result": result})

    def searched(self, collection: Collection, numbers: list[float], options: Options) -> Told:
        limit = min(EVERYONE, 4 * options.predictions or EVERYONE)
        where = {"gallery_id": str(collection.gallery.pk), "limit": limit, "allow_empty": True}
        said = self.look("search", options=options, **where | {"embedding": numbers})
        return said["probes"][0]


class NumbersFaceVerificationView(NumbersView):
    """A photo of the collection against these faces."""

    def post(self, request: Request, id: str) -> Response:
        sent = _faces(request, "embeddings")
        photo = Collection(self.owner).example(id)
        targets = [checked(numbers) for numbers in sent]
        said = self.look("numbers", options=Options(), anchor=str(photo.pk), targets=targets)
        return self.told(sent, said["decisions"])


class NumbersVerificationView(NumbersView):
    """A face against these faces."""

    def post(self, request: Request) -> Response:
        source, sent = checked(_numbers(request, "source")), _faces(request, "targets")
        targets = [checked(numbers) for numbers in sent]
        said = self.look("numbers", options=Options(), source=source, targets=targets)
        return self.told(sent, said["decisions"])


def checked(numbers: list[float]) -> list[float]:
    """Scaled to length 1. CompreFace's requests do not say whose they are: their number alone can
    tell. Raises CompreFaceError."""
    try:
        return checked_numbers(numbers, {"sha256": engine.model_info().sha256})
    except NumbersRefused as refusal:
        raise CompreFaceError(Code.ARGUMENT_WRONG, refusal.detail) from None


def _numbers(request: Request, name: str) -> list[float]:
    value = member_of(request, name)
    if not _are_numbers(value):
        raise CompreFaceError(Code.ARGUMENT_WRONG, f"{name}: must be a list of numbers")
    return value  # type: ignore[return-value]  # checked a line above


def _faces(request: Request, name: str) -> list[list[float]]:
    value = member_of(request, name)
    if (
        not isinstance(value, list)
        or not 0 < len(value) <= MOST
        or not all(map(_are_numbers, value))
    ):
        raise CompreFaceError(
            Code.ARGUMENT_WRONG, f"{name}: must be a list of 1 to {MOST} lists of numbers"
        )
    return value


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and all(type(number) in (int, float) for number in value)
