"""The models of this machine, read from their manifests: none of them is loaded."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext

from ml.decision.head import RATES, Head, at_rate
from ml.errors import ArtifactError, RateUnknown

from .types import Band, ModelIdentity, ModelInfo, ModelSummary, OperatingPoint, TowerInfo

if TYPE_CHECKING:
    from ml.serving.artifacts import Artifact

# The files that `damage` found intact: path, size and time of the last change of each.
_intact: frozenset[tuple[Path, int, int]] | None = None

# Manifests that were read: inode, size and time of the last change of each file, and what is in it.
_manifests: dict[Path, tuple[tuple[int, int, int], "Artifact"]] = {}

FALSE_MATCH_RATES = tuple(RATES.values())


def folder_of(model: str | PathLike[str]) -> Path:
    """The folder that a name or a folder means, as in FACEVERIFY_MODEL; the default's for nothing.

    A name is looked up in var/models, then in the folder models of FACEVERIFY_VAR."""
    from ml.serving import artifacts

    folder = artifacts.resolve(str(model)) if model else artifacts.default_folder()
    if folder.parent != artifacts.MODELS or folder.exists():
        return folder
    kept = settings.VAR_DIR / "models" / folder.name
    return kept if kept.is_dir() else folder


def models_on_disk() -> dict[Path, ModelSummary]:
    """The models in var/models and in the folder models of FACEVERIFY_VAR, by their folders."""
    from ml.serving import artifacts

    models = artifacts.on_disk(settings.VAR_DIR / "models")
    return {model.folder: _summary(model.manifest) for model in models}


def model_in(folder: Path) -> ModelSummary:
    """The model in a folder. Raises ArtifactError."""
    return _summary(_manifest_read(folder).manifest)


def _manifest_read(folder: Path) -> "Artifact":
    """A model folder, whose manifest is read again when the file is another one. Raises ArtifactError."""
    from ml.serving import artifacts

    try:
        stat = (folder / artifacts.MANIFEST).stat()
    except OSError:
        return artifacts.load(folder)
    seen = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    kept = _manifests.get(folder)
    if kept is None or kept[0] != seen:
        kept = _manifests[folder] = seen, artifacts.load(folder)
    return kept[1]


def model_problem() -> ArtifactError | None:
    """What is wrong with the model to serve; None when nothing is."""
    from ml.serving import onnx_net

    try:
        model = to_serve()
        model.verify()
        onnx_net.check_runtime(model, settings.FACEVERIFY_RUNTIME)
    except ArtifactError as error:
        return error
    return None


def damage() -> ArtifactError | None:
    """What is wrong with the files of the model to serve; None when nothing is. Their content is
    compared to the manifest at first, and again when a file was changed since."""
    global _intact
    try:
        model = to_serve()
        stamps = [(path, path.stat()) for path in sorted(model.folder.iterdir())]
        seen = frozenset((path, stat.st_size, stat.st_mtime_ns) for path, stat in stamps)
        if seen != _intact:
            model.verify()
            _intact = seen
    except ArtifactError as error:
        return error
    except OSError as error:
        return ArtifactError(
            "model_unreadable",
            f"The files of the model cannot be read ({type(error).__name__}).",
            "Check the folder of the model and who may read it.",
        )
    return None


def model_identity() -> ModelIdentity:
    """The model to serve. Raises ArtifactError, also for one that is not the recorded model."""
    return ModelIdentity(**to_serve().identity)


def model_info() -> ModelInfo:
    """What is known of the model to serve. Raises ArtifactError."""
    manifest = to_serve().manifest
    metrics, data = manifest.get("metrics", {}), manifest.get("data", {})
    head = Head.of(manifest, no_match_chance=settings.FACEVERIFY_NO_MATCH_CHANCE)
    points = [
        OperatingPoint(
            false_match_rate=point["false_match_rate"],
            threshold=round(point["threshold"], 6),
            band=Band(*(round(end, 6) for end in point["band"])),
            true_match_rate=metrics.get("tmr", {}).get(name),
        )
        for name, point in head.operating_points.items()
    ]
    return ModelInfo(
        **vars(_summary(manifest)),
        embedding_size=manifest["encoder"]["embedding_size"],
        searches_galleries=bool(manifest.get("gallery")),
        measured_on=data.get("name", ""),
        people=data.get("people"),
        images=data.get("images"),
        equal_error_rate=metrics.get("equal_error_rate"),
        no_match_chance=head.no_match_chance,
        operating_points=tuple(sorted(points, key=lambda point: -point.false_match_rate)),
    )


def offered_rates() -> tuple[float, ...]:
    """The false-match rates that the model to serve has thresholds for, most relaxed first; all
    that there are while there is no model."""
    try:
        points = to_serve().manifest["operating_points"].values()
    except ArtifactError:
        return FALSE_MATCH_RATES
    measured = {point["false_match_rate"]: 1.0 for point in points}
    return tuple(rate for rate in FALSE_MATCH_RATES if at_rate(measured, rate))


def offered_rate(rate: float) -> float:
    """The offered false-match rate that this one means. Raises RateUnknown, naming those offered."""
    offered = offered_rates()
    meant = at_rate({known: known for known in offered}, rate)
    if meant is None:
        allowed = ", ".join(f"{known:.10f}".rstrip("0") for known in offered)
        raise RateUnknown(gettext("Choose one of %(allowed)s.") % {"allowed": allowed})
    return float(meant)


def to_serve() -> "Artifact":
    """The folder of the model to serve, with its manifest. Raises ArtifactError."""
    from . import record

    return _manifest_read(record.folder())


def _summary(manifest: dict[str, Any]) -> ModelSummary:
    """Of a model that does not name its towers, one tower with the licence of the whole."""
    towers = manifest.get("towers") or [
        {"name": manifest.get("tower") or manifest["name"], "license": manifest.get("license")}
    ]
    keys = ("name", "source", "license", "training_data")
    return ModelSummary(
        name=manifest["name"],
        version=manifest["version"],
        sha256=manifest["sha256"],
        license=manifest.get("license", ""),
        towers=tuple(TowerInfo(*(str(tower.get(key) or "") for key in keys)) for tower in towers),
    )
