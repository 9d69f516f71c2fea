"""Read dlib's serialised face recognition network (public domain, CC0).

The weights are in the package `face_recognition_models`, which is located but never imported.
The format is little-endian: an integer is a control byte (low nibble: number of bytes, high bit: sign)
followed by its bytes; a string is an integer length and bytes; a tensor is the integers version (2),
num_samples, k, nr, nc and raw float32. Layers are stored from the network's input on, each after its name
as a string.
"""

import hashlib
import importlib.util
import re
from pathlib import Path

import numpy as np

from ml.errors import ArtifactError

FILE_NAME = "dlib_face_recognition_resnet_model_v1.dat"
SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"


def locate() -> Path:
    """Path of the weights file inside the installed package, without importing that package."""
    spec = importlib.util.find_spec("face_recognition_models")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "models" / FILE_NAME
        if path.is_file():
            return path
    raise ArtifactError(
        "weights_missing",
        f"The package face_recognition_models with {FILE_NAME} is not installed.",
        "Run `make setup`.",
    )


def read_layers(path: Path | None = None) -> dict[str, list]:
    """Read every layer that has parameters.

    Returns:
        {"con": [(filters [n_out, n_in, kh, kw], biases [n_out]), ...],
         "affine": [(gamma [k], beta [k]), ...],
         "fc": [weights [n_in, n_out]]}, each list from the network's input on.

    Raises:
        ArtifactError: the file is not the one this reader was written for.
    """
    data = (path or locate()).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ArtifactError(
            "weights_damaged",
            f"{FILE_NAME} is not the file that is expected (its SHA-256 differs).",
            "Reinstall the package: pip install --force-reinstall face_recognition_models==0.3.0",
        )
    return _parse(data)


_LAYER_NAME = re.compile(rb"\x01(?:\x05(con_4)|\x07(affine_)|\x04(fc_2))", re.DOTALL)


def _parse(data: bytes) -> dict[str, list]:
    found: dict[str, list] = {"con": [], "affine": [], "fc": []}
    position = 0
    # Tensors are skipped, so that no name is found inside raw numbers.
    while match := _LAYER_NAME.search(data, position):
        position = match.end()
        kind = match.group().lstrip(b"\x01\x04\x05\x07").decode().split("_")[0]
        if kind == "fc":
            _, position = _integer(data, position)
            _, position = _integer(data, position)
        tensor, position = _tensor(data, position)
        found[kind].append(tensor)
        if kind == "con":
            settings, position = _integers(data, position, 7)
            filters, height, width = settings[:3]
            biases = tensor[-filters:]
            kernel = tensor[:-filters].reshape(filters, -1, height, width)
            found[kind][-1] = (kernel, biases)
        elif kind == "affine":
            gamma, beta = np.split(tensor, 2)
            found[kind][-1] = (gamma, beta)
    return found


def _integer(data: bytes, position: int) -> tuple[int, int]:
    control = data[position]
    size = control & 0x0F
    value = int.from_bytes(data[position + 1 : position + 1 + size], "little")
    return (-value if control & 0x80 else value), position + 1 + size


def _integers(data: bytes, position: int, count: int) -> tuple[list[int], int]:
    values = []
    for _ in range(count):
        value, position = _integer(data, position)
        values.append(value)
    return values, position


def _tensor(data: bytes, position: int) -> tuple[np.ndarray, int]:
    """Read a tensor; it is a vector if only its first dimension is larger than 1."""
    (_version, *shape), position = _integers(data, position, 5)
    count = int(np.prod(shape))
    values = np.frombuffer(data, "<f4", count, position)
    return values.reshape(shape).squeeze(), position + 4 * count
