"""What each setting would have asked of a verdict, from the manifest of the model: no network is loaded."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from ml.decision.gallery import Gallery
from ml.decision.head import Head
from ml.errors import ArtifactError

from .models_on_disk import to_serve
from .pairs import band_of
from .types import MODELS_OWN, ModelIdentity, OperatingPoint, OwnThresholds

if TYPE_CHECKING:
    from ml.serving.artifacts import Artifact

Points = tuple[OperatingPoint, ...]


def points_of_pair(
    model_sha256: str,
    probe: Iterable[str],
    reference: Iterable[str],
    *,
    thresholds: OwnThresholds = MODELS_OWN,
) -> Points:
    """For two faces with these conditions, the most relaxed first; none where another model than the
    verdict's is served. `true_match_rate` is that of the model's own thresholds and whole faces."""
    model = _served(model_sha256)
    if model is None:
        return ()
    own = thresholds.of(ModelIdentity(**model.identity))
    head = _head(model, own).under(tuple(probe), tuple(reference))
    measured = {} if own.shifts else model.manifest.get("metrics", {}).get("tmr", {})
    return _sorted(
        _point(point["false_match_rate"], point, measured.get(name))
        for name, point in head.operating_points.items()
    )


def points_of_search(
    model_sha256: str,
    probe: Iterable[str],
    *,
    anchors: int,
    candidates: int = 1,
    thresholds: OwnThresholds = MODELS_OWN,
) -> Points:
    """The same for a face compared with a person of `anchors` photos, who is one of the `candidates`
    that were searched. They share the false-match rate, so each is compared at a lower one, and
    `true_match_rate` is that at the lower one: None below the lowest that was measured."""
    model = _served(model_sha256)
    spec = model.manifest.get("gallery") if model else None
    if model is None or not spec:
        return ()
    own = thresholds.of(ModelIdentity(**model.identity))
    head = _head(model, own)
    gallery = Gallery(head, spec).adjusted(dict(own.shifts)).under(tuple(probe))
    measured = {} if own.shifts else spec.get("tmr", {}).get(str(_measured(spec, anchors)), {})
    return _sorted(
        _point(
            point["false_match_rate"],
            gallery.operating_point(point["false_match_rate"], anchors, candidates),
            _matched(measured, point["false_match_rate"] / candidates),
        )
        for point in head.operating_points.values()
    )


def _matched(measured: dict[str, float], rate: float) -> float | None:
    """The share of the same people who match at a false-match rate, between two that were measured
    along a straight line over the logarithm of the rate, which is rather too low than too high."""
    known = sorted((math.log10(float(name)), share) for name, share in measured.items())
    wanted = math.log10(rate)
    if not known or wanted < known[0][0] - 1e-9:
        return None
    return float(np.interp(wanted, [rate for rate, _ in known], [share for _, share in known]))


def _served(sha256: str) -> "Artifact | None":
    try:
        model = to_serve()
    except ArtifactError:
        return None
    return model if model.identity["sha256"] == sha256 else None


def _head(model: "Artifact", own: OwnThresholds) -> Head:
    head = Head.of(model.manifest, no_match_chance=settings.FACEVERIFY_NO_MATCH_CHANCE)
    return head.adjusted(dict(own.shifts))


def _measured(spec: dict[str, Any], anchors: int) -> int:
    return min((k for k in spec["anchors"] if k >= anchors), default=max(spec["anchors"]))


def _point(rate: float, point: dict[str, Any], true_match_rate: float | None) -> OperatingPoint:
    return OperatingPoint(
        rate, round(point["threshold"], 6), band_of(point["band"]), true_match_rate
    )


def _sorted(points: Iterable[OperatingPoint]) -> Points:
    return tuple(sorted(points, key=lambda point: -point.false_match_rate))
