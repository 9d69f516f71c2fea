"""Do two photos show the same person?"""

from functools import partial

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy

from ... import engine
from ...calibration.own_thresholds import thresholds_of
from ...gallery.worker import read
from ...jobs.claims import Claim
from ...photos.at_once import at_once
from ...photos.forms import PhotoField
from ..forms import ProbeForm
from ..models import Verification
from ..outcome import end_with_verdict
from ..pages import submission_view
from .base import EmbedAnchors, Kind, Reference, Role, SecondOpinion, conditions_of


class CompareForm(ProbeForm):
    ROLES = ("probe", "reference")

    probe = PhotoField(label=gettext_lazy("First photo"))
    reference = PhotoField(label=gettext_lazy("Second photo"))


class Pair(Kind):
    name = "pair"
    label = gettext_lazy("two photos")
    template = "comparisons/compare.html"
    form = CompareForm
    setting = gettext_lazy("pairs of different people would be called a match.")
    roles = (
        Role("probe", "A", gettext_lazy("First photo"), gettext_lazy("first photo")),
        Role("reference", "B", gettext_lazy("Second photo"), gettext_lazy("second photo")),
    )
    endpoint = "api:verification-list"
    can_ask_again = True

    def urls(self) -> list[URLPattern]:
        return [path("compare/", submission_view, {"kind": self}, name="compare")]

    def digest_options(self, row: Verification) -> tuple[str, ...]:
        return ()

    def run(self, claim: Claim[Verification]) -> bool:
        row = claim.row
        verdict = _compared(row, thresholds_of(row.owner_id, row.gallery_id))
        return end_with_verdict(claim, verdict)

    def ask_again(self, row: Verification, embed_anchors: EmbedAnchors) -> SecondOpinion:
        return SecondOpinion(_compared(row, engine.MODELS_OWN).decision)

    def points(
        self, row: Verification, thresholds: engine.OwnThresholds
    ) -> tuple[engine.OperatingPoint, ...]:
        faces = (conditions_of(row, "probe"), conditions_of(row, "reference"))
        return engine.points_of_pair(row.model_sha256, *faces, thresholds=thresholds)

    def references(self, row: Verification) -> list[Reference]:
        return [Reference("reference", row.reference_image, row.faces["reference"])]


PAIR = Pair()


def _compared(row: Verification, thresholds: engine.OwnThresholds) -> engine.Verdict:
    probe, reference = at_once(
        partial(read, photo) for photo in (row.probe_image, row.reference_image)
    )
    return engine.compare(
        probe,
        reference,
        false_match_rate=row.false_match_rate,
        probe_face=row.probe_face,
        reference_face=row.reference_face,
        thresholds=thresholds,
    )
