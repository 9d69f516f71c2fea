"""Pages: one photo against many, a group photo against the gallery, and the photos of a search."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ... import engine
from ...jobs.selectors import worker_is_alive
from ...photos.forms import MEGABYTES
from ...photos.uploads import MAX_TOTAL
from ..forms import strictness
from . import many_selectors, many_submit
from .many_forms import GroupForm, PhotosForm


# Never cached: a page gone back to gets a fresh submission key.
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def photos(request):
    context = {
        "section": "compare",
        "max_photos": many_submit.MAX_PHOTOS,
        "max_total": MAX_TOTAL // 2**20,
    }
    return _page(request, PhotosForm, many_submit.search_submit, "comparisons/photos.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group(request):
    context = {"section": "identify", "gallery_is_empty": not request.user.anchors.exists()}
    return _page(request, GroupForm, many_submit.group_submit, "comparisons/group.html", context)


def _page(request, form_class, service, template: str, context: dict):
    posted = request.method == "POST"
    form = form_class(request.POST, request.FILES) if posted else form_class()
    from_script = request.headers.get("Accept", "").startswith("application/json")
    if form.is_valid():
        try:
            row = service(owner=request.user, **form.submission())
        except engine.ImageRefused as error:
            form.add_refusal(error)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            url = reverse("verification_detail", kwargs={"id": row.pk})
            if from_script:
                return JsonResponse({"location": url}, status=201, headers={"Location": url})
            return redirect(url)
    if form.is_bound and from_script:
        return JsonResponse({"errors": form.errors}, status=422)
    context |= {
        "form": form,
        "strictness": strictness(),
        "chosen": form["false_match_rate"].value(),
        "formats": engine.FORMAT_NAMES,
        "megabytes": MEGABYTES,
        "worker_is_alive": worker_is_alive(),
    }
    return render(request, template, context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def image(request, id, position, which):
    data = many_selectors.search_image_open(
        owner=request.user, id=id, position=position, which=which
    )
    response = HttpResponse(data, content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=600"
    return response
