"""The model of this installation, as the database records it, and the folder that holds it here.

The first start records the model that is configured, or the default. An installation from before
there was a record has the model of its latest verdicts and embeddings recorded, whatever the default
is by now. After that only `manage.py change_model` changes it, so that neither an update of the
project nor a machine set up differently makes two models serve side by side.

FACEVERIFY_MODEL chooses the model of one machine, and the record its version: a model of the same
name in var/models is served as the version that is recorded. `ml.packaging.prepare` never deletes
a former version, so an update leaves it there.
"""

from pathlib import Path

from django.conf import settings
from django.db.models import Exists
from django.utils import timezone

from .. import engine
from ..comparisons.models import Verification
from ..gallery.models import Anchor
from ..gallery.worker import embed_others_again
from .models import ActiveModel

Chosen = ActiveModel.Chosen


class AnotherModel(engine.ArtifactError):
    """This process would serve another model than the recorded one."""


def recorded() -> ActiveModel | None:
    return ActiveModel.objects.filter(pk=ActiveModel.ONLY).first()


def folder() -> Path:
    """The folder to serve from: FACEVERIFY_MODEL's, else the recorded model's, else the default.

    Raises:
        AnotherModel: that is not the recorded one, or the recorded one is not on this machine.
    """
    chosen = engine.folder_of(settings.FACEVERIFY_MODEL)
    active = recorded()
    if active is None:
        return chosen
    held = _manifest(chosen)
    if held.get("sha256") == active.model_sha256:
        return chosen
    found = _folder_of(active)
    if not settings.FACEVERIFY_MODEL:
        if found is None:
            raise missing(active)
        return found
    version_of_it = (
        found and found.parent == chosen.parent and held.get("name") == active.model_name
    )
    if version_of_it:
        return found
    if held:
        raise _another(active, held)
    return chosen


def check(model: dict) -> None:
    """Raises AnotherModel unless the model that this process has served so far is the recorded one."""
    active = recorded()
    if active and active.model_sha256 != model["sha256"]:
        raise _another(active, model)


def settle() -> ActiveModel:
    """At the start of a process: record the model if none is recorded, and compare.

    Raises:
        AnotherModel: this process would serve another than the recorded one.
        ArtifactError: there is no model that could be recorded or served.
    """
    active = recorded() or first()
    engine.model_identity()
    return active


def missing(active: ActiveModel) -> AnotherModel:
    """What to say where the recorded model is not on this machine."""
    made = (
        f" (if it comes with the project: python -m ml prepare --model {active.model_name})"
        if active.model_name
        else ""
    )
    return AnotherModel(
        "recorded_model_missing",
        f"{active} is recorded as the model of this installation, and is not on this machine.",
        _ways_out(
            f"set FACEVERIFY_MODEL to a folder that holds it{made}", engine.folder_of("").name
        ),
    )


def first() -> ActiveModel:
    """Record the model for the first time. Of two machines that do so at once, one wins."""
    row = _found_in_rows() or ActiveModel(
        **_columns(engine.model_identity()), chosen=Chosen.AT_START
    )
    values = {field.name: getattr(row, field.name) for field in ActiveModel._meta.fields}
    return ActiveModel.objects.get_or_create(pk=values.pop("id"), defaults=values)[0]


def problem() -> AnotherModel | None:
    """Whether this process would serve another model than the recorded one, as a running one may
    that has seen the model change."""
    try:
        engine.model_identity()
    except AnotherModel as error:
        return error
    except engine.ArtifactError:
        pass  # a model that cannot be read is no other one
    return None


def another_than(sha256: str) -> Exists:
    """The condition, in any query, that another model than this one is recorded."""
    return Exists(ActiveModel.objects.exclude(model_sha256=sha256))


def model_change(*, former: ActiveModel, model: dict, chosen_by: str = "") -> bool:
    """Record another model and have every anchor embedded by it; False, and nothing is done, when the
    record is no longer the former one. Where this stops before the last anchor, the workers that
    start with the new model go on."""
    changed = ActiveModel.objects.filter(model_sha256=former.model_sha256).update(
        **_columns(model), since=timezone.now(), chosen=Chosen.CHANGED, chosen_by=chosen_by
    )
    while changed and embed_others_again(model["sha256"]):
        pass
    return bool(changed)


def former() -> ActiveModel | None:
    """The recorded model; of an installation from before the record, the one that it would be, not
    stored. None for one that has neither verdicts nor embeddings."""
    return recorded() or _found_in_rows()


def is_here(active: ActiveModel) -> bool:
    """Whether the model is among those of this machine, intact or not."""
    return _folder_of(active) is not None


def _found_in_rows() -> ActiveModel | None:
    """The model of the latest verdict or embedding, with its name if any verdict or folder has it."""
    verdicts = Verification.objects.filter(state=Verification.State.DONE).exclude(model_sha256="")
    anchors = Anchor.objects.filter(state=Anchor.State.READY).exclude(model_sha256="")
    latest = [
        row
        for rows in (verdicts, anchors)
        for row in rows.order_by("-finished_at").values_list("finished_at", "model_sha256")[:1]
    ]
    if not latest:
        return None
    sha256 = max(latest)[1]
    named = verdicts.filter(model_sha256=sha256).order_by().values("model_name", "model_version")
    on_disk = [
        {"model_name": each["name"], "model_version": each["version"]}
        for each in engine.models_on_disk().values()
        if each["sha256"] == sha256
    ]
    name = next(iter([*named[:1], *on_disk]), {})
    return ActiveModel(model_sha256=sha256, chosen=Chosen.FOUND, **name)


def _columns(model: dict) -> dict:
    return {f"model_{key}": model[key] for key in ("name", "version", "sha256")}


def _manifest(path: Path) -> dict:
    try:
        return engine.manifest_of(path)
    except engine.ArtifactError:
        return {}


def _folder_of(active: ActiveModel) -> Path | None:
    """Where this machine has the recorded model, among its models."""
    if active.model_name:
        usual = engine.folder_of(active.model_name)
        if _manifest(usual).get("sha256") == active.model_sha256:
            return usual
    found = engine.models_on_disk().items()
    return next((path for path, each in found if each["sha256"] == active.model_sha256), None)


def _another(active: ActiveModel, model: dict) -> AnotherModel:
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
        f"{model['name']} {model['version']} (SHA-256 {model['sha256'][:12]}).",
        _ways_out(back, settings.FACEVERIFY_MODEL or model["name"]),
    )


def _ways_out(back: str, other: str) -> str:
    return (
        "All web processes and workers serve the same model. "
        f"Keep the recorded one: {back}. "
        f"Or change it for all of them: python manage.py change_model {other}"
    )
