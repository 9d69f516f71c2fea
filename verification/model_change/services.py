"""Record the model of this installation, for the first time and when it is changed.

The first start records the model that is configured, or the default. An installation from before
there was a record has the model of its latest verdicts and embeddings recorded, whatever the default
is by now. After that only `manage.py change_model` changes it, so that neither an update of the
project nor a machine set up differently makes two models serve side by side.
"""

from django.db import transaction
from django.utils import timezone

from .. import engine
from ..comparisons.models import Verification
from ..engine.models import ActiveModel
from ..engine.record import recorded
from ..gallery.models import Anchor
from ..gallery.worker import embed_others_again

Chosen = ActiveModel.Chosen


def settle() -> ActiveModel:
    """At the start of a process: record the model if none is recorded, and compare.

    Raises:
        AnotherModel: this process would serve another than the recorded one.
        ArtifactError: there is no model that could be recorded or served.
    """
    active = recorded() or first()
    engine.model_identity()
    return active


def first() -> ActiveModel:
    """Record the model for the first time. Of two machines that do so at once, one wins."""
    row = _found_in_rows() or ActiveModel(
        **_columns(engine.model_identity()), chosen=Chosen.AT_START
    )
    values = {field.name: getattr(row, field.name) for field in ActiveModel._meta.fields}
    return ActiveModel.objects.get_or_create(pk=values.pop("id"), defaults=values)[0]


def model_change(*, former: ActiveModel, model: engine.ModelIdentity, chosen_by: str = "") -> bool:
    """Record another model and have every anchor embedded by it; False, and nothing is done, when the
    record is no longer the former one."""
    with transaction.atomic():
        changed = ActiveModel.objects.filter(model_sha256=former.model_sha256).update(
            **_columns(model), since=timezone.now(), chosen=Chosen.CHANGED, chosen_by=chosen_by
        )
        if changed:
            embed_others_again(model.sha256)
    return bool(changed)


def former() -> ActiveModel | None:
    """The recorded model; of an installation from before the record, the one that it would be, not
    stored. None for one that has neither verdicts nor embeddings."""
    return recorded() or _found_in_rows()


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
        {"model_name": model.name, "model_version": model.version}
        for model in engine.models_on_disk().values()
        if model.sha256 == sha256
    ]
    name = next(iter([*named[:1], *on_disk]), {})
    return ActiveModel(model_sha256=sha256, chosen=Chosen.FOUND, **name)


def _columns(model: engine.ModelIdentity) -> dict[str, str]:
    return {f"model_{key}": getattr(model, key) for key in ("name", "version", "sha256")}
