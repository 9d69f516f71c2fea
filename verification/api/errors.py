"""Errors of photos and of the model, as API errors with a code, a status and a remedy."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException

from ..engine import ArtifactError, ImageRefused
from ..text.sentences import said

STATUS_OF_REFUSAL = {"image_too_large": 413, "unsupported_format": 415, "animated_image": 415}


class PhotoRefused(APIException):
    """A photo that cannot be used, with the name of its field; or a question that cannot be answered,
    with none."""

    def __init__(self, refusal: ImageRefused):
        detail = said(refusal.detail)
        super().__init__(detail, code=refusal.code)
        self.status_code = STATUS_OF_REFUSAL.get(refusal.code, 422)
        self.members: dict[str, Any] = {"remedy": said(refusal.remedy)}
        if refusal.which:
            error = {"detail": detail, "code": refusal.code}
            self.members["errors"] = {refusal.which: [error]}
        if refusal.faces:
            self.members["faces"] = refusal.faces


@contextmanager
def photo_refusals(which: str = "") -> Iterator[None]:
    """Turn ImageRefused into PhotoRefused; `which` names the field where the refusal does not."""
    try:
        yield
    except ImageRefused as refusal:
        refusal.which = which or refusal.which
        raise PhotoRefused(refusal) from refusal


class ModelUnavailable(APIException):
    status_code = 503
    default_code = "model_unavailable"
    default_detail = gettext_lazy("The model cannot be read: ask whoever runs this server.")


@contextmanager
def model_errors() -> Iterator[None]:
    """Turn ArtifactError into ModelUnavailable."""
    try:
        yield
    except ArtifactError as error:
        raise ModelUnavailable from error
