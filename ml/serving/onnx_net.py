"""An ONNX network that is called with NumPy arrays. onnxruntime, which runs it, is an optional package."""

import importlib.util
import os

import numpy as np

from ml.errors import ArtifactError
from ml.serving import artifacts

INSTALL = "Install it with: .venv/bin/python -m pip install --requirement requirements-onnx.txt"
# Parts of onnxruntime's messages, and the error code for each.
REASONS = (
    (("protobuf parsing failed", "No graph was found"), "onnx_damaged"),
    (("xternal data",), "onnx_external_data"),
    (("is not a registered function/op", "No Op registered"), "onnx_custom_operation"),
    (("opset", "IR version"), "onnx_too_new"),
)
EXPLAINED = {
    "onnx_damaged": (
        "is not an ONNX network, or is incomplete.",
        "Download or export it again, and compare its size with the original's.",
    ),
    "onnx_external_data": (
        "keeps its weights in other files.",
        "Put everything into one file: python -c \"import onnx; onnx.save(onnx.load('network.onnx'), "
        "'whole.onnx')\"",
    ),
    "onnx_custom_operation": (
        "uses an operation that onnxruntime does not know",
        "Export it with operations of the ONNX standard only.",
    ),
    "onnx_too_new": (
        "is written in a newer version of ONNX than the installed onnxruntime reads",
        "Export it again with an older version, such as opset 17, or install a newer onnxruntime.",
    ),
    "onnx_unusable": (
        "cannot be run by onnxruntime",
        "Export it again, for the CPU, with operations of the ONNX standard only.",
    ),
}


def check_runtime(artifact: artifacts.Artifact, runtime: str) -> None:
    """Check, without loading a model, that what runs it is installed and can run its towers.

    Raises:
        ArtifactError: `no_keras_model` or `runtime_missing`.
    """
    if not any(map(artifacts.is_onnx, artifacts.towers(artifact.manifest["encoder"]))):
        if runtime == "keras" and importlib.util.find_spec("keras") is None:
            raise ArtifactError(
                "runtime_missing",
                "The runtime keras was chosen, and Keras is not installed.",
                "Install requirements.txt, or use the runtime litert (unset FACEVERIFY_RUNTIME).",
            )
        return
    what = f"The model {artifact.name}"
    if runtime == "keras":
        raise ArtifactError(
            "no_keras_model",
            f"{what} has a tower in ONNX, which Keras cannot run.",
            "Use the runtime litert, which also runs ONNX towers (unset FACEVERIFY_RUNTIME), or choose "
            "another model.",
        )
    if importlib.util.find_spec("onnxruntime") is None:
        raise _missing(what)


def open_session(data: bytes, what: str, *, threads: int = 1):
    """An onnxruntime session of a network, on the CPU.

    Args:
        data: the file's bytes.
        what: name of the file in error messages.
        threads: CPU threads for one call.

    Raises:
        ArtifactError: `runtime_missing`, or one of `EXPLAINED`.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise _missing(what) from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised; other messages are not needed
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Weights outside the file must not be read from the working directory.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", os.devnull
    )
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common base class
        raise _explained(what, str(error)) from error


class OnnxNet:
    """A session that prepares a face's pixels for its network. One instance serves one thread.

    Args:
        session: from `open_session`; one input, one output.
        pixels: {"channels": "rgb" or "bgr", "mean": [3], "scale": [3], "layout": "nchw" or "nhwc"};
            the network takes (x - mean) / scale of each channel, in the order that `channels` names.
    """

    def __init__(self, session, pixels: dict):
        self._session = session
        self._input = session.get_inputs()[0].name
        self._order = [0, 1, 2] if pixels["channels"] == "rgb" else [2, 1, 0]
        self._mean, self._scale = (np.array(pixels[key], np.float32) for key in ("mean", "scale"))
        self._axes = (2, 0, 1) if pixels["layout"] == "nchw" else (0, 1, 2)

    def __call__(self, faces: np.ndarray) -> np.ndarray:
        """Embed faces, RGB 0-255 (n, s, s, 3) -> float32 (n, d)."""
        # One face per call: many exports accept only one, and on a CPU a batch is no faster.
        return np.stack([self._embed(face) for face in faces])

    def _embed(self, face: np.ndarray) -> np.ndarray:
        x = (face[..., self._order].astype(np.float32) - self._mean) / self._scale
        x = np.ascontiguousarray(x.transpose(self._axes)[None])
        (output,) = self._session.run(None, {self._input: x})
        return np.asarray(output, np.float32).reshape(-1)


def _missing(what: str) -> ArtifactError:
    return ArtifactError(
        "runtime_missing", f"{what} needs onnxruntime, which is not installed.", INSTALL
    )


def _explained(what: str, message: str) -> ArtifactError:
    code = next(
        (code for words, code in REASONS if any(word in message for word in words)), "onnx_unusable"
    )
    detail, remedy = EXPLAINED[code]
    if not detail.endswith("."):
        # "[ONNXRuntimeError] : 1 : FAIL : ...", sometimes with a position in its source code.
        reason = message.rsplit(" : ", 1)[-1].strip().rstrip(".")[-200:]
        detail = f"{detail}: {reason}."
    return ArtifactError(code, f"{what} {detail}", remedy)
