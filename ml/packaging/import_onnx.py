"""Make a model folder from a face embedding network in ONNX, such as those of the InsightFace family."""

import hashlib
from pathlib import Path

from ml.packaging import onnx_file, package, trial
from ml.packaging.trial import Options
from ml.serving import artifacts


def import_onnx(
    path,
    folder,
    data: package.FitData,
    options: Options,
    *,
    name: str,
    version: str,
    license_: str,
    source: str | None = None,
    training_data: str | None = None,
    input_size: int | None = None,
    mirror: bool = True,
    progress=None,
) -> tuple[artifacts.Artifact, list[str]]:
    """Import an ONNX file: check it, try the options, then fit head, thresholds and calibration.

    Args:
        path: the .onnx file.
        folder: the model folder to write.
        data: for fitting head and thresholds.
        license_: the terms of the weights.
        source, training_data: for the model card.
        input_size: see `onnx_file.read`.
        mirror: whether each embedding is averaged with that of the mirror image.

    Returns:
        the model, and warnings for the user.

    Raises:
        MlError: see `onnx_file.read`, `trial.run` and `package.fit`.
    """
    file = onnx_file.read(path, input_size=input_size)
    encoder = {
        "input_size": file.input_size,
        "embedding_size": file.embedding_size,
        "alignment": options.alignment,
        "zoom": options.zoom,
        "mirror": mirror,
        "unit_length": True,
        "pixels": onnx_file.pixels(options.channels, options.mean, options.scale, file.layout),
    }
    about = {"source": source, "license": license_, "training_data": training_data}
    description = {
        "name": name,
        "version": version,
        "tower": name,
        "license": f"{license_}; {package.OTHER_LICENSES}",
        "towers": [{"name": name} | {key: text for key, text in about.items() if text}],
        "encoder": encoder,
        "input": package.input_of(encoder),
        "sources": {
            "file": Path(path).name,
            "weights_sha256": hashlib.sha256(file.data).hexdigest(),
        },
    }
    files = package.detector_files() | {artifacts.tower_file(encoder): file.data}
    with package.draft(files, description) as verifier:
        tried, warnings = trial.run(file, options, verifier.finder, data)
        fitted = package.fit(verifier, data, progress=progress)
    return artifacts.save(folder, files, description | {"trial": tried} | fitted), warnings
