"""Which model is served: what the database records, and the folder that holds it on this machine.

FACEVERIFY_MODEL chooses the model of one machine, and the record its version: a model of the same
name in var/models is served as the version that is recorded. `ml.packaging.prepare` never deletes
a former version, so an update leaves it there.
"""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.db.models import Exists

from accounts.prepared import Prepared
from ml.errors import ArtifactError

from .models import ActiveModel
from .models_on_disk import folder_of, model_in, models_on_disk
from .types import ModelIdentity


class AnotherModel(ArtifactError):
    """This process would serve another model than the recorded one."""


def recorded() -> ActiveModel | None:
    return next(iter(_only().run()), None)


@cache
def _only() -> Prepared[ActiveModel]:
    return Prepared(lambda _none: ActiveModel.objects.filter(pk=ActiveModel.ONLY).order_by())


def folder() -> Path:
    """The folder to serve from: FACEVERIFY_MODEL's, else the recorded model's, else the default.

    Raises:
        AnotherModel: that is not the recorded one, or the recorded one is not on this machine.
    """
    chosen = folder_of(settings.FACEVERIFY_MODEL)
    active = recorded()
    if active is None:
        return chosen
    held = _model_in(chosen)
    if held and held.sha256 == active.model_sha256:
        return chosen
    here = _folder_of(active)
    if not settings.FACEVERIFY_MODEL:
        if here is None:
            raise missing(active)
        return here
    if here and here.parent == chosen.parent and held and held.name == active.model_name:
        return here  # the recorded version of the model that is chosen by name
    if held:
        raise _another(active, held)
    return chosen


def check(model: ModelIdentity) -> None:
    """Raises AnotherModel unless the model that this process has served so far is the recorded one."""
    active = recorded()
    if active and active.model_sha256 != model.sha256:
        raise _another(active, model)


def another_than(sha256: str) -> Exists:
    """The condition, in any query, that another model than this one is recorded."""
    return Exists(ActiveModel.objects.exclude(model_sha256=sha256))


def is_here(active: ActiveModel) -> bool:
    """Whether the model is among those of this machine, intact or not."""
    return _folder_of(active) is not None


def missing(active: ActiveModel) -> AnotherModel:
    """The error where the recorded model is not on this machine."""
    made = (
        f" (if it comes with the project: python -m ml prepare --model {active.model_name})"
        if active.model_name
        else ""
    )
    return AnotherModel(
        "recorded_model_missing",
        f"{active} is recorded as the model of this installation, and is not on this machine.",
        _ways_out(f"set FACEVERIFY_MODEL to a folder that holds it{made}", folder_of("").name),
    )


def _model_in(path: Path) -> ModelIdentity | None:
    try:
        return model_in(path)
    except ArtifactError:
        return None


def _folder_of(active: ActiveModel) -> Path | None:
    """Where this machine has the recorded model, among its models."""
    if active.model_name:
        usual = folder_of(active.model_name)
        held = _model_in(usual)
        if held and held.sha256 == active.model_sha256:
            return usual
    here = models_on_disk().items()
    return next((path for path, model in here if model.sha256 == active.model_sha256), None)


def _another(active: ActiveModel, model: ModelIdentity) -> AnotherModel:
    here = _folder_of(active)
    if not settings.FACEVERIFY_MODEL:  # the record was changed while this process was running
        back = "start this process again"
    elif here:
        back = f"unset FACEVERIFY_MODEL, or set it back to {here}"
    else:
        back = f"set FACEVERIFY_MODEL back to a folder that holds {active}"
    by = "FACEVERIFY_MODEL here names" if settings.FACEVERIFY_MODEL else "this process serves"
    return AnotherModel(
        "another_model",
        f"{active} is recorded as the model of this installation, but {by} "
        f"{model.name} {model.version} (SHA-256 {model.sha256[:12]}).",
        _ways_out(back, settings.FACEVERIFY_MODEL or model.name),
    )


def _ways_out(back: str, other: str) -> str:
    return (
        "All web processes and workers serve the same model. "
        f"Keep the recorded one: {back}. "
        f"Or change it for all of them: python manage.py change_model {other}"
    )
