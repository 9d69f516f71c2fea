"""Page: the model in use, and the progress of a change."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User

from .. import engine
from ..comparisons.presentation import Result
from ..comparisons.words import WORDS
from ..engine.record import recorded
from ..jobs.selectors import worker_is_alive
from ..text.sentences import said
from . import selectors

LISTED = 100  # faces that are lost


@never_cache
@login_required
@require_GET
def model_change(request):
    """HTMX asks for the part of the page that changes while anchors are embedded."""
    template = "_model_change" if request.htmx else "model_change"
    return render(request, f"model_change/{template}.html", _context(request.user))


def _context(owner: User) -> dict[str, Any]:
    context: dict[str, Any] = {
        "section": "account",
        "models": selectors.verdicts_by_model(owner=owner),
    }
    try:
        context["model"] = engine.model_info()
        context["searches"] = engine.identification_figures()
        context["live"] = engine.live_figures(context["model"])
        context["active"] = recorded()
        context["others"] = _others(context["model"])
        context["progress"] = selectors.progress(owner=owner)
        if context["progress"].lost:
            lost = selectors.numbers_of_others(context["model"].sha256, owner=owner)
            context["lost"] = lost.select_related("person").defer("embedding")[:LISTED]
        waiting = not context["progress"].is_complete
        context["worker_is_alive"] = worker_is_alive() if waiting else True
    except engine.ArtifactError as error:
        context["problem"] = error
    if last := selectors.last_preview(owner=owner):
        preview, rows = last
        context |= {
            "preview": preview,
            "looked_at": sum(row.outcome != "skipped" for row in rows),
            "skipped": sum(row.outcome == "skipped" for row in rows),
            "changes": [_change(row) for row in rows if row.changed],
        }
    return context


def _others(model: engine.ModelIdentity) -> list[dict]:
    """The models of this machine that are not in use."""
    return [
        {**vars(other), "folder_name": folder.name}
        for folder, other in engine.models_on_disk().items()
        if other.sha256 != model.sha256
    ]


def _change(row) -> dict:
    result = Result(row.verification)
    after = WORDS[row.outcome][0]
    return {
        "verification": row.verification,
        "name": result.name,
        "before": result.label,
        "before_kind": result.status,
        "after": f"{after}: {row.name}" if row.name else after,
        "after_kind": row.outcome,
        "detail": said(row.detail),
    }
