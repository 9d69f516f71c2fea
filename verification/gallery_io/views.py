"""Pages: import a gallery from a ZIP, export it as one."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import reauthentication

from ..gallery.gallery_choice import gallery_choice
from ..gallery.gallery_models import Role
from ..gallery.selection_views import chosen_by
from ..jobs.queues import BULK
from ..jobs.selectors import worker_is_alive
from ..jobs.services import ActionNotAllowed
from ..photos.requests import from_script
from ..photos.zip_reader import ArchiveRefused, Limits
from ..text.sentences import sentence
from . import selectors, services
from .downloads import export_zip, report_csv
from .forms import ImportForm
from .models import ImportedFile
from .uploads import StoredUpload, stored_in_parts

LINES_ON_A_PAGE = 100
MOST_EXPORTED = 10_000  # people whose ids a row holds
SHOWN = 10  # imports and exports in a list
NO_FILE = sentence("No file was sent.")
CHOOSE_ZIP = sentence("Choose a ZIP.")


@login_required
@never_cache
@csrf_exempt  # reading the token reads the body, and then it is too late to choose where to
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request):
    with stored_in_parts(request) as uploads:
        return _imports(request, uploads)


@csrf_protect
def _imports(request, uploads):
    form = ImportForm()
    if request.method == "POST":
        form = ImportForm({})
        archive = request.FILES.get("archive")
        try:
            uploads.check_one()
            if not isinstance(archive, StoredUpload):
                raise ArchiveRefused("archive_missing", NO_FILE, CHOOSE_ZIP)
            gallery = gallery_choice(request, Role.EDITOR).chosen
            job = services.import_create(owner=request.user, gallery=gallery, archive=archive)
        except ArchiveRefused as error:
            form.refuse(error)
            if from_script(request):
                return JsonResponse({"errors": form.errors}, status=422)
        else:
            url = reverse("import", kwargs={"id": job.pk})
            if from_script(request):
                return JsonResponse({"location": url}, status=201, headers={"Location": url})
            return redirect(url)
    context = {
        "section": "people",
        "galleries": gallery_choice(request, Role.EDITOR),
        "form": form,
        "megabytes": settings.FACEVERIFY_IMPORT_MEGABYTES,
        "files": number_format(Limits().files, force_grouping=True),
        "imports": selectors.import_list(owner=request.user)[:SHOWN],
        "max_bytes": settings.FACEVERIFY_IMPORT_MEGABYTES * 1024**2,
    }
    return render(request, "gallery_io/imports.html", context, status=422 if form.is_bound else 200)


@never_cache
@login_required
@require_GET
def import_detail(request, id):
    return render(request, "gallery_io/import.html", _import_context(request, id))


@never_cache
@login_required
@require_GET
def import_status(request, id):
    """The part of the page that changes; htmx asks for it until the import is finished."""
    return render(request, "gallery_io/_import.html", _import_context(request, id))


def _import_context(request, id) -> dict:
    job = selectors.import_get(owner=request.user, id=id)
    progress = selectors.import_progress(job=job)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in ImportedFile.Outcome.values else ""
    files = selectors.import_files(job=job, outcome=outcome)
    return {
        "section": "people",
        "job": job,
        "progress": progress,
        "percent": round(100 * progress.finished / job.total) if job.total else 0,
        "outcome": outcome,
        "page": Paginator(files, LINES_ON_A_PAGE).get_page(request.GET.get("page")),
        "worker_is_alive": job.is_finished or worker_is_alive(BULK),
    }


@login_required
@require_GET
def import_csv(request, id):
    job = selectors.import_get(owner=request.user, id=id)
    return report_csv(job, selectors.import_files(job=job, outcome=request.GET.get("outcome", "")))


@login_required
@require_POST
def import_retry(request, id):
    job = selectors.import_get(owner=request.user, id=id)
    try:
        services.import_retry(job=job)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("import", id=job.pk)


@login_required
@require_POST
def import_delete(request, id):
    services.import_delete(job=selectors.import_get(owner=request.user, id=id))
    messages.success(request, gettext("The import's report is deleted. What it added stays."))
    return redirect("imports")


@never_cache
@reauthentication.required_to_change
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request):
    """GET lists the exports, POST makes one."""
    if request.method == "POST":
        gallery = gallery_choice(request).chosen
        services.export_create(owner=request.user, gallery=gallery)
        return redirect("exports")
    return render(
        request,
        "gallery_io/exports.html",
        {**_exports_context(request), "galleries": gallery_choice(request)},
    )


@reauthentication.required_to_change
@require_POST
def exports_selected(request):
    """An export of the people that are selected on the page of people."""
    chosen = chosen_by(request)
    if chosen.everyone and not (chosen.q or chosen.tag):
        services.export_create(owner=request.user, gallery=chosen.gallery)
        return redirect("exports")
    try:
        people = chosen.people(owner=request.user, most=MOST_EXPORTED)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
        return redirect("people")
    ids = [person.pk for person in people]
    services.export_create(owner=request.user, gallery=chosen.gallery, people=ids)
    return redirect("exports")


@never_cache
@login_required
@require_GET
def exports_status(request):
    return render(request, "gallery_io/_exports.html", _exports_context(request))


def _exports_context(request) -> dict:
    jobs = list(selectors.export_list(owner=request.user)[:SHOWN])
    waiting = any(not job.is_finished for job in jobs)
    return {
        "section": "people",
        "exports": jobs,
        "waiting": waiting,
        "hours": settings.FACEVERIFY_EXPORT_HOURS,
        "worker_is_alive": worker_is_alive(BULK) if waiting else True,
    }


@reauthentication.required
@require_GET
def export_fetch(request, id):
    return export_zip(selectors.export_get(owner=request.user, id=id))


@login_required
@require_POST
def export_retry(request, id):
    job = selectors.export_get(owner=request.user, id=id)
    try:
        services.export_retry(job=job)
    except ActionNotAllowed as error:
        messages.warning(request, str(error))
    return redirect("exports")


@login_required
@require_POST
def export_delete(request, id):
    services.export_delete(job=selectors.export_get(owner=request.user, id=id))
    messages.success(request, gettext("The export is deleted."))
    return redirect("exports")
