"""A model on disk: one folder with the Siamese network, the networks that serve it, and a manifest.

    siamese.keras     the Keras Siamese network, from which the others are exported
    encoder.tflite    from face chips to embeddings
    encoder.float16.tflite encoder.int8.tflite ...    smaller variants, see `ml.packaging.quantize`
    encoder.NAME.tflite encoder.NAME.int8_dynamic.tflite ...    the same for one of several towers
    encoder.onnx encoder.NAME.onnx    a tower imported from ONNX; such a model has no siamese.keras
    pnet.tflite rnet.tflite onet.tflite    face detection
    manifest.json     name, version, inputs, head, operating points, metrics, SHA-256 of each file
    MODEL_CARD.md     the manifest as a document for people

A new folder is written under another name and replaces the old one in one step: a crash leaves one of
the two, see `ml.serving.folders`.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ml.errors import ArtifactError
from ml.serving import folders, model_card

FORMAT = 1
MANIFEST = "manifest.json"
ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "var" / "models"
DEFAULT, FALLBACK = "duo", "resnet29"  # the second is served if the first could not be made
NAME = re.compile(r"[\w-]+(\.[\w-]+)*")  # of a model, for its folder in var/models


@dataclass(frozen=True)
class Artifact:
    """A model folder whose manifest has been read. Other files are checked when they are read."""

    folder: Path
    manifest: dict

    @property
    def name(self) -> str:
        return self.manifest["name"]

    @property
    def identity(self) -> dict:
        """What a verdict stores: name, version and the SHA-256 of the whole model, see `fingerprint`."""
        return {key: self.manifest[key] for key in ("name", "version", "sha256")}

    @property
    def encoder_files(self) -> list[str]:
        """The files of the towers in the variant that is served."""
        return [tower_file(row) for row in towers(self.manifest["encoder"])]

    @property
    def encoder_size(self) -> int:
        """Size of the served towers in bytes."""
        return sum((self.folder / name).stat().st_size for name in self.encoder_files)

    def read_all(self) -> dict[str, bytes]:
        """The bytes of every file, checked as in `read`."""
        return {file_name: self.read(file_name) for file_name in self.manifest["files"]}

    def read(self, file_name: str) -> bytes:
        """The bytes of one file, checked against the manifest.

        Raises:
            ArtifactError: the file is missing or differs from the manifest.
        """
        expected = self.manifest["files"].get(file_name)
        path = self.folder / file_name
        if expected is None or not path.is_file():
            raise ArtifactError(
                "model_incomplete",
                f"The model {self.name} has no file {file_name}.",
                _prepare_again(self.folder),
            )
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != expected:
            raise ArtifactError(
                "model_damaged",
                f"{path} is damaged: its SHA-256 is not the one in the manifest.",
                _prepare_again(self.folder),
            )
        return data

    def verify(self) -> None:
        """Check every file.

        Raises:
            ArtifactError: as `read`.
        """
        for file_name in self.manifest["files"]:
            self.read(file_name)


def default_folder() -> Path:
    """The folder of the default model; that of the fallback if only that exists."""
    folder, fallback = MODELS / DEFAULT, MODELS / FALLBACK
    alone = not (folder / MANIFEST).is_file() and (fallback / MANIFEST).is_file()
    return fallback if alone else folder


def resolve(folder: str | os.PathLike | None = None) -> Path:
    """The model folder to use: the argument, else FACEVERIFY_MODEL, else the default.

    A name means its folder in var/models; other relative paths start at the project's root.
    """
    wanted = str(folder or os.environ.get("FACEVERIFY_MODEL") or default_folder())
    if NAME.fullmatch(wanted):
        return MODELS / wanted
    return ROOT / Path(wanted).expanduser()


def on_disk(*places: Path) -> list[Artifact]:
    """All readable models in var/models and in further folders of models, sorted by path."""
    folders = {
        path.parent for place in (MODELS, *places) for path in place.glob(f"[!.]*/{MANIFEST}")
    }
    found = []
    for folder in sorted(folders):
        with contextlib.suppress(ArtifactError):
            found.append(load(folder))
    return found


def keep_aside(artifact: Artifact) -> Path:
    """Copy a model to a folder beside its own that has its version in the name, because another will
    take its place. An installation that has embedded faces with it serves it from there."""
    former = artifact.folder
    version = re.sub(r"[^\w.-]", "_", artifact.manifest["version"])
    for name in (
        f"{former.name}-{version}",
        f"{former.name}-{version}-{artifact.manifest['sha256'][:8]}",
    ):
        kept = former.with_name(name)
        if not kept.exists():
            folders.copy(former, kept)
            break
        with contextlib.suppress(ArtifactError):
            if load(kept).identity == artifact.identity:
                break
    return kept


def load(folder: str | os.PathLike | None = None) -> Artifact:
    """Read a model folder's manifest.

    Raises:
        ArtifactError: there is no model, or this version cannot read it.
    """
    folder = resolve(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except FileNotFoundError:
        raise ArtifactError(
            "model_missing", f"There is no model in {folder}.", _prepare_again(folder)
        ) from None
    except (ValueError, OSError) as error:
        raise ArtifactError(
            "model_damaged", f"The manifest of {folder} cannot be read.", _prepare_again(folder)
        ) from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise ArtifactError(
            "model_damaged", f"{folder} has no valid manifest.", _prepare_again(folder)
        )
    if manifest["format"] > FORMAT:
        raise ArtifactError(
            "model_too_new",
            f"The model in {folder} has format {manifest['format']}; this version reads up to {FORMAT}.",
            "Update faceverify, or choose another model with FACEVERIFY_MODEL.",
        )
    if (
        not {"name", "version", "sha256", "files", "encoder", "head", "operating_points"}
        <= manifest.keys()
    ):
        raise ArtifactError(
            "model_damaged", f"The manifest of {folder} is incomplete.", _prepare_again(folder)
        )
    return Artifact(folder, manifest)


def save(
    folder: str | os.PathLike, files: dict[str, bytes], manifest: dict, *, keep: bool = False
) -> Artifact:
    """Write a model folder in one step, replacing what was there.

    Args:
        files: file name to content.
        manifest: everything but `format`, `files` and `sha256`, which are made here.
        keep: whether to keep a copy of another intact model that was there, see `keep_aside`.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    manifest = {"format": FORMAT} | manifest | {"files": hashes}
    manifest["sha256"] = fingerprint(manifest)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, data in files.items():
            (made / name).write_bytes(data)
        (made / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        (made / model_card.FILE).write_text(model_card.write(manifest), encoding="utf-8")
        made.chmod(0o755)
        if keep:
            with contextlib.suppress(ArtifactError):
                former = load(folder.absolute())
                former.verify()
                if former.manifest["sha256"] != manifest["sha256"]:
                    keep_aside(former)
        folders.replace(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Artifact(folder, manifest)


def fingerprint(manifest: dict) -> str:
    """SHA-256 of everything that decides a verdict: the served networks, the head and the thresholds."""
    towers_served = {tower_file(row) for row in towers(manifest["encoder"])}
    served = {
        name: digest
        for name, digest in manifest["files"].items()
        if name in towers_served or (name.endswith(".tflite") and not name.startswith("encoder."))
    }
    decisive = ("encoder", "head", "calibration", "operating_points", "gallery")
    parts = {key: manifest.get(key) for key in decisive} | {"files": served}
    if "no_match_chance" in manifest:
        parts["no_match_chance"] = manifest["no_match_chance"]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def towers(encoder: dict) -> list[dict]:
    """The towers that a manifest's `encoder` describes.

    An encoder with several towers has `embedding_size` and `towers`; otherwise it is the description of
    its only tower.
    """
    return encoder.get("towers") or [encoder]


def tower_file(tower: dict) -> str:
    """The file name of a tower, in its `variant`; without one it is float32."""
    ending = "onnx" if is_onnx(tower) else "tflite"
    parts = ("encoder", tower.get("name"), tower.get("variant"), ending)
    return ".".join(part for part in parts if part)


def is_onnx(tower: dict) -> bool:
    """Whether a tower is an ONNX network, whose description says how to scale `pixels`."""
    return "pixels" in tower


def _prepare_again(folder: Path) -> str:
    if folder == MODELS / DEFAULT:
        return "Make it with: python -m ml prepare"
    if folder.parent == MODELS:
        return (
            f"If it comes with the project, make it with: python -m ml prepare --model {folder.name}. "
            "Otherwise import or train it again, or set FACEVERIFY_MODEL to another."
        )
    return "Import or train it again, or unset FACEVERIFY_MODEL to use the default model."
