"""A kind of comparison as somebody adds one: this file, and a line in the registry."""

import io

from django.contrib.auth.decorators import login_required
from django.urls import path
from PIL import Image, ImageOps

from faceverify import urls as site
from verification import engine
from verification.comparisons.forms import ProbeForm
from verification.comparisons.kinds.base import MATCH, Kind, Link
from verification.comparisons.outcome import end_with_verdict
from verification.comparisons.pages import submission_view
from verification.gallery.worker import read


class Mirrored(Kind):
    """Does a face look like its mirror image?"""

    name = "mirrored"
    label = "a photo and its mirror image"
    setting = "lopsided faces would be called a match."
    subject = "{name} in the mirror"
    labels = {MATCH: "Even-sided"}
    headlines = {MATCH: "Looks the same in the mirror"}
    right = Kind.right | {MATCH: "even-sided indeed"}

    def urls(self):
        return [path("compare/mirrored/", mirrored, name="mirrored")]

    def run(self, claim) -> bool:
        photo = read(claim.row.probe_image)
        verdict = engine.compare(photo, _mirror(photo))
        return end_with_verdict(claim, verdict)

    def again(self, row) -> Link:
        return Link("Mirror another", "/compare/mirrored/")


MIRRORED = Mirrored()


def _mirror(photo: bytes) -> bytes:
    mirrored = io.BytesIO()
    ImageOps.mirror(Image.open(io.BytesIO(photo))).save(mirrored, "JPEG")
    return mirrored.getvalue()


@login_required
def mirrored(request):
    context = {"section": "compare", "gallery_is_empty": False}
    return submission_view(
        request, MIRRORED, ProbeForm, template="comparisons/group.html", context=context
    )


urlpatterns = [*MIRRORED.urls(), *site.urlpatterns]
