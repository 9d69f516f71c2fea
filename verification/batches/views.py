"""Pages: many pairs at once."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..comparisons.forms import remembered, strictness
from ..comparisons.selectors import rate_used_last
from ..jobs.queues import BULK
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from ..photos.answers import image_response
from ..photos.requests import from_script
from ..photos.uploads import MAX_ARCHIVE_BYTES
from . import selectors, services
from .forms import ARCHIVE_MEGABYTES, BatchForm
from .models import Batch

PAGE_SIZE, BATCHES_SHOWN = 50, 50
SHOWN = (
    ("match", gettext_lazy("Same person")),
    ("no_match", gettext_lazy("Different people")),
    ("inconclusive", gettext_lazy("Cannot tell")),
    ("refused", gettext_lazy("Not compared")),
)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def batches(request):
    offered = strictness()
    if request.method == "POST":
        form = BatchForm(request.POST, request.FILES)
    else:
        rate = remembered(rate_used_last(owner=request.user), offered)
        form = BatchForm(initial={"false_match_rate": rate})
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        files = {name: data.pop(name).read() for name in ("pairs", "archive")}
        try:
            made = services.batch_create(owner=request.user, **files, **data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _created(request, reverse("batch", kwargs={"id": made.pk}))
    if form.is_bound and from_script(request):
        return JsonResponse({"errors": form.errors}, status=422)
    context = {
        "section": "compare",
        "form": form,
        "strictness": offered,
        "archive_bytes": MAX_ARCHIVE_BYTES,
        "archive_megabytes": ARCHIVE_MEGABYTES,
        "chosen": str(form["false_match_rate"].value()),
        "batches": selectors.batch_list(owner=request.user)[:BATCHES_SHOWN],
    }
    return render(request, "batches/batches.html", context, status=422 if form.is_bound else 200)


def _created(request, url: str):
    if from_script(request):
        return JsonResponse({"location": url}, status=201, headers={"Location": url})
    return redirect(url)


@never_cache
@login_required
@require_GET
def batch(request, id):
    return render(request, "batches/batch.html", _shown(request, id))


@never_cache
@login_required
@require_GET
def status(request, id):
    """The part of the page that changes; htmx requests it until the batch is finished."""
    if not request.htmx:
        return redirect("batch", id=id)
    return render(request, "batches/_status.html", _shown(request, id))


@login_required
@require_GET
def face(request, id, photo):
    return image_response(selectors.face_open(owner=request.user, id=id, photo=photo))


@login_required
@require_GET
def results(request, id):
    row = selectors.batch_get(owner=request.user, id=id)
    return csv_answer(row)


@login_required
@require_GET
def results_json(request, id):
    row = selectors.batch_get(owner=request.user, id=id)
    rows = [selectors.values_of(pair) for pair in selectors.pair_list(batch=row)]
    answer = JsonResponse(rows, safe=False)
    answer["Content-Disposition"] = f'attachment; filename="batch-{row.pk}.json"'
    return answer


@login_required
@require_POST
def retry(request, id):
    try:
        services.batch_retry(batch=selectors.batch_get(owner=request.user, id=id))
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("batch", id=id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request, id):
    """GET asks for confirmation, POST deletes."""
    row = selectors.batch_get(owner=request.user, id=id)
    if request.method != "POST":
        context = {"batch": row, "section": "compare"}
        return render(request, "batches/confirm_delete.html", context)
    services.batch_delete(batch=row)
    messages.success(request, gettext("The batch and its results are deleted."))
    return redirect("batches")


def csv_answer(batch: Batch) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(
        selectors.results_csv(batch=batch), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="batch-{batch.pk}.csv"'
    return answer


def _shown(request, id) -> dict:
    row = selectors.batch_get(owner=request.user, id=id)
    only = request.GET.get("only", "")
    pairs = selectors.pair_list(batch=row, only=only)
    return {
        "section": "compare",
        "batch": row,
        "only": only,
        "counts": [(name, label, getattr(row, f"n_{name}")) for name, label in SHOWN],
        "page": Paginator(pairs, PAGE_SIZE).get_page(request.GET.get("page")),
        "worker_is_alive": row.is_finished or worker_is_alive(BULK),
    }
