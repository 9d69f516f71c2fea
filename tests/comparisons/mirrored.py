"""A kind of comparison as somebody adds one: this file, and a line in the registry."""

import io

from django.urls import path
from PIL import Image, ImageOps

from faceverify import urls as site
from verification import engine
from verification.comparisons.kinds.base import MATCH, Kind, Link
from verification.comparisons.outcome import end_with_verdict
from verification.comparisons.pages import submission_view
from verification.gallery.worker import read


class Mirrored(Kind):
    """Does a face look like its mirror image?"""

    name = "mirrored"
    label = "a photo and its mirror image"
    template = "comparisons/group.html"
    setting = "lopsided faces would be called a match."
    subject = "{name} in the mirror"
    labels = {MATCH: "Even-sided"}
    headlines = {MATCH: "Looks the same in the mirror"}
    right = Kind.right | {MATCH: "even-sided indeed"}

    def urls(self):
        return [path("compare/mirrored/", submission_view, {"kind": self}, name="mirrored")]

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


urlpatterns = [*MIRRORED.urls(), *site.urlpatterns]
