"""Smaller variants of a model's tower, measured by size, time and accuracy.

float16       weights in half precision, computation in float
int8          weights and activations in 8 bits, with ranges measured on faces
int8_dynamic  weights in 8 bits, activations in 8 bits with the range of each
"""

from ml.errors import MlError
from ml.evaluation.datasets import lfw
from ml.evaluation.evaluate import acquire, evaluate
from ml.packaging.export import VARIANTS, to_litert
from ml.serving import artifacts
from ml.serving.verifier import Verifier

FACES = 100  # on which the ranges for int8 are measured
FLOAT = "float32"
KEPT = ("accuracy", "accuracy_std", "equal_error_rate", "outcomes")


def make(folder, pairs: lfw.LabelledPairs, *, progress=None) -> artifacts.Artifact:
    """Add all variants to a model folder, measured on the pairs together with float32.

    Head and thresholds stay those for float32. The manifest gets "variants": by name `mb`,
    `ms_per_face`, `accuracy`, `fnmr` (over all pairs of the photos if people are named), `outcomes`,
    and `accuracy_loss` compared with float32. The served variant does not change.

    Raises:
        ArtifactError: the model is missing or damaged.
        MlError: the model has several towers or an ONNX tower, or no photo has a usable face.
    """
    from ml.networks import keras_io, siamese

    artifact = _of_one_tower(folder)
    files = artifact.read_all()
    tower = siamese.tower_of(keras_io.load(artifact.folder / "siamese.keras"))
    faces = _faces(Verifier.load(folder), pairs)
    for variant in VARIANTS:
        if variant != FLOAT:
            files[_file(variant)] = to_litert(tower, variant=variant, representative=faces)
    served = artifact.manifest["encoder"].get("variant")
    saved = artifacts.save(artifact.folder, files, artifact.manifest)
    verifiers = [_verifier(saved, variant) for variant in VARIANTS]
    measured = evaluate(verifiers, pairs, progress=progress)
    found = {}
    for variant, row in zip(VARIANTS, measured, strict=True):
        figures = row.figures
        found[variant] = {
            "mb": round(len(files[_file(variant)]) / 1e6, 2),
            "ms_per_face": figures["ms_per_face"],
            **{key: figures[key] for key in KEPT},
            "fnmr": (figures["all_pairs"] or figures)["fnmr"],
            "accuracy_loss": round(measured[0].figures["accuracy"] - figures["accuracy"], 5),
        }
    return _with(saved, served, saved.manifest | {"variants": found})


def serve(folder, variant: str) -> artifacts.Artifact:
    """Choose the variant that a model folder serves.

    Raises:
        MlError: the folder does not have this variant.
    """
    artifact = _of_one_tower(folder)
    if _file(variant) not in artifact.manifest["files"]:
        raise MlError(
            "variant_missing",
            f"The model {artifact.name} has no variant {variant}.",
            "Make the variants first with: python -m ml models variants",
        )
    return _with(artifact, None if variant == FLOAT else variant, artifact.manifest)


def _of_one_tower(folder) -> artifacts.Artifact:
    artifact = artifacts.load(folder)
    if len(artifact.encoder_files) > 1:
        raise MlError(
            "model_fused",
            f"The model {artifact.name} has several towers, each served in its own variant.",
            "Make and measure the variants of a tower in a model that has only this tower.",
        )
    if artifact.encoder_files[0].endswith(".onnx"):
        raise MlError(
            "model_onnx",
            f"The tower of the model {artifact.name} is an ONNX network, which has no variants.",
            "Make the network smaller first, and import the result.",
        )
    return artifact


def _with(artifact, variant: str | None, manifest: dict) -> artifacts.Artifact:
    encoder = {key: value for key, value in manifest["encoder"].items() if key != "variant"}
    if variant:
        encoder["variant"] = variant
    return artifacts.save(artifact.folder, artifact.read_all(), manifest | {"encoder": encoder})


def _verifier(artifact, variant: str) -> Verifier:
    """The model with one variant served, without writing it to disk."""
    encoder = artifact.manifest["encoder"] | {"variant": None if variant == FLOAT else variant}
    return Verifier.of(
        artifacts.Artifact(artifact.folder, artifact.manifest | {"encoder": encoder})
    )


def _faces(verifier: Verifier, pairs: lfw.LabelledPairs) -> list:
    """Aligned faces from evenly spread photos, and their mirror images."""
    names = pairs.images()
    found = []
    for name in names[:: max(1, len(names) // FACES)]:
        try:
            chips = acquire([verifier], pairs.paths[name].read_bytes())[verifier.acquisition]
        except OSError:
            continue
        if not isinstance(chips, str):
            found += [chips[0], chips[0][:, ::-1]]
    if not found:
        raise MlError("data_unusable", "None of the photos has a usable face.", "Use portraits.")
    return found


def _file(variant: str) -> str:
    return artifacts.tower_file({"variant": None if variant == FLOAT else variant})
