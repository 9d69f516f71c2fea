"""Speed and memory of the product on one thread, compared with face_recognition if it is installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from ml import images
from ml.errors import ImageRefused, MlError
from ml.evaluation.datasets import lfw
from ml.faces.finder import Timings
from ml.serving.verifier import Verifier

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
LARGE = (4000, 3000)  # a 12-megapixel photo

_PEER = """
import json, sys, time
import face_recognition
paths = json.load(sys.stdin)
face_recognition.face_encodings(face_recognition.load_image_file(paths[0]))
start = time.perf_counter()
for path in paths:
    face_recognition.face_encodings(face_recognition.load_image_file(path))
print(json.dumps((time.perf_counter() - start) * 1e3 / len(paths)))
"""

_MEMORY = """
import re, resource, sys
from pathlib import Path
from ml.serving.verifier import Verifier
verifier = Verifier.load(sys.argv[1])
photo = Path(sys.argv[2]).read_bytes()
for _ in range(5):
    verifier.compare(photo, photo)
assert "tensorflow" not in sys.modules
if sys.platform == "linux":  # ru_maxrss would include the parent process
    print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1048576)
"""


def benchmark(
    verifier: Verifier, folder, *, count: int = 200, peer_python: str = sys.executable
) -> dict:
    """Measure the time from a photo's bytes to its embedding.

    Args:
        verifier: loaded with one thread.
        folder: images in LFW's layout, of which `count`, evenly spread, are used.
        peer_python: a Python interpreter that may have face_recognition.

    Returns:
        JSON-ready: `ms_per_face`, `steps` (ms), `ms_per_large_photo` (12 megapixels), `images`,
        `serving_rss_mb`; `peer_ms_per_face` and `ratio` if face_recognition is installed.

    Raises:
        MlError: there are no images, or none with a usable face.
    """
    names = lfw.images(folder)
    paths = [lfw.image_path(folder, name) for name in names[:: max(1, len(names) // count)][:count]]
    photos = [path.read_bytes() for path in paths]
    steps = _time(verifier, photos)
    large = _time(verifier, [_enlarge(photo) for photo in photos[:10]])
    total = sum(steps.values())
    result = {
        "images": len(photos),
        "ms_per_face": round(total, 2),
        "steps": {name: round(value, 2) for name, value in steps.items()},
        "ms_per_large_photo": round(sum(large.values()), 2),
        "large_steps": {name: round(value, 2) for name, value in large.items()},
        "serving_rss_mb": round(float(_python(_MEMORY, verifier.artifact.folder, paths[0])), 1),
        "model": verifier.model,
    }
    peer = _peer(peer_python, paths)
    if peer is not None:
        result |= {
            "peer_ms_per_face": round(peer, 2),
            "ratio": round(peer / total, 2),
        }
    return result


def _time(verifier: Verifier, photos: list[bytes]) -> dict[str, float]:
    """Mean milliseconds per photo and step, after a warm-up with the first photos."""
    for photo in photos[:5]:
        _embed(verifier, photo, Timings())
    timings, accepted = Timings(), 0
    for photo in photos:
        accepted += _embed(verifier, photo, timings)
    if not accepted:
        raise MlError(
            "no_face_found", "None of the images has a usable face.", "Name a folder of portraits."
        )
    return {name: value / accepted for name, value in timings.steps.items()}


def _embed(verifier: Verifier, photo: bytes, timings: Timings) -> bool:
    try:
        face = verifier.acquire(photo, timings=timings).face
    except ImageRefused:
        return False
    with timings.step("embed"):
        verifier.embed([face.chips])
    return True


def _enlarge(photo: bytes) -> bytes:
    """The photo at 12 megapixels with sensor noise, so that decoding takes as long as for a real one."""
    import cv2

    pixels = cv2.resize(images.decode(photo), LARGE, interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(0).normal(0, 4, pixels.shape)
    return images.encode_jpeg((pixels + noise).clip(0, 255).astype(np.uint8), quality=90)


def _peer(python: str, paths: list[Path]) -> float | None:
    """Milliseconds per image for face_recognition in a separate process; None if it is not installed."""
    found = subprocess.run([python, "-c", "import face_recognition"], capture_output=True)  # noqa: S603
    if found.returncode:
        return None
    return json.loads(
        _python(_PEER, python=python, stdin=json.dumps([str(path) for path in paths]))
    )


def _python(script: str, *args, python: str = sys.executable, stdin: str = "") -> str:
    done = subprocess.run(  # noqa: S603  the scripts above
        [python, "-c", script, *map(str, args)],
        input=stdin,
        text=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | ONE_THREAD,
    )
    if done.returncode:
        raise MlError("bench_failed", f"A measuring process failed: {done.stderr.strip()[-400:]}")
    return done.stdout.strip().splitlines()[-1]
