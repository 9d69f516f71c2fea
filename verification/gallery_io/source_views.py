"""Page: import from a running CompreFace."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ..gallery.gallery_choice import gallery_choice
from ..gallery.gallery_models import Role
from .source_forms import CompreFaceForm
from .sources.base import SourceRefused
from .sources.services import import_from_compreface


@sensitive_post_parameters("api_key")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_compreface(request):
    form = CompreFaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            gallery = gallery_choice(request, Role.EDITOR).chosen
            job = import_from_compreface(owner=request.user, gallery=gallery, **form.cleaned_data)
        except SourceRefused as error:
            form.refuse(error)
        else:
            return redirect("import", id=job.pk)
    galleries = gallery_choice(request, Role.EDITOR)
    context = {"section": "people", "form": form, "galleries": galleries}
    status = 422 if form.is_bound else 200
    return render(request, "gallery_io/import_compreface.html", context, status=status)
