"""The model that this process serves: loaded once, at the first use."""

import threading
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from .models_on_disk import folder_of
from .types import ModelIdentity

if TYPE_CHECKING:
    from ml.serving.verifier import Verifier

_lock = threading.Lock()
_verifier: "Verifier | None" = None
_of_thread = threading.local()


def verifier() -> "Verifier":
    """Of this process. Raises ArtifactError, also for a model that is not the recorded one, and
    DatabaseError."""
    global _verifier
    with _lock:
        if _verifier is None:
            from . import record

            _verifier = _load(record.folder())
        return _verifier


def verifier_of_this_thread() -> "Verifier":
    """One that only this thread uses, of the same model as `verifier`; threads can then look at
    frames side by side. Raises as `verifier`."""
    shared = verifier()
    if getattr(_of_thread, "shared", None) is not shared:
        _of_thread.own = type(shared).of(shared.artifact, **_options())
        _of_thread.shared = shared
    return _of_thread.own


def served_model() -> ModelIdentity:
    """The model of this process, loaded if it was not yet. Raises as `verifier`."""
    return ModelIdentity(**verifier().model)


def loaded_model() -> ModelIdentity | None:
    """The model that this process has loaded; None before it has loaded one."""
    return ModelIdentity(**_verifier.model) if _verifier else None


def serve(folder: str | PathLike[str]) -> ModelIdentity:
    """Let this process use another model from now on, as a preview of it does, whatever is
    recorded. `folder` as for `folder_of`. Raises ArtifactError."""
    global _verifier
    candidate = _load(folder_of(folder))
    with _lock:
        _verifier = candidate
    return ModelIdentity(**candidate.model)


def forget() -> None:
    """Load the recorded model again at the next use."""
    global _verifier
    with _lock:
        _verifier = None


def _load(folder: Path) -> "Verifier":
    from ml.serving.verifier import Verifier

    return Verifier.load(folder, **_options())


def _options() -> dict[str, Any]:
    return {
        "runtime": settings.FACEVERIFY_RUNTIME,
        "threads": settings.FACEVERIFY_THREADS,
        "no_match_chance": settings.FACEVERIFY_NO_MATCH_CHANCE,
    }
