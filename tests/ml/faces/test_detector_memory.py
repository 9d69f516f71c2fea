"""Memory does not grow with the shapes of photos."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ml.faces.cascade import TILE, TILE_PIXELS, TILE_STEP, Cascade
from ml.faces.mipmap import Mipmap
from ml.faces.refinement import Refiner
from ml.serving.litert import Net
from tests.support.faces import pixels_of, wall_with
from tests.support.servers import PATIENCE

pytestmark = pytest.mark.training


def test_a_photo_in_tiles_gives_what_it_gives_in_one(litert, monkeypatch):
    def load(name, input_shape=None):
        return Net(litert.artifact.read(f"{name}.tflite"), input_shape=input_shape)

    photo = Mipmap(pixels_of(wall_with([(0, 90, 40, 40), (1, 120, 400, 200)], size=(700, 500))))
    cascade = Cascade(load, Refiner(load))
    in_tiles = cascade.detect(photo, min_face=18)
    monkeypatch.setattr("ml.faces.cascade.TILE", 10 * TILE)
    in_one = Cascade(load, Refiner(load)).detect(photo, min_face=18)

    assert len(in_tiles) == len(in_one) == 2
    for a, b in zip(in_tiles, in_one, strict=True):
        assert a.box == pytest.approx(b.box, abs=0.5)


def test_the_proposal_nets_kept_ready_are_bounded_whatever_the_shapes(litert):
    shapes = []

    def load(name, input_shape=None):
        if name == "pnet":
            shapes.append(input_shape[1:3])
        return Net(litert.artifact.read(f"{name}.tflite"), input_shape=input_shape)

    cascade = Cascade(load, Refiner(load))
    random = np.random.default_rng(0)
    for _ in range(40):
        height, width = random.integers(100, 700, 2)
        cascade.detect(Mipmap(np.full((height, width, 3), 128, np.uint8)), min_face=40)
        kept = cascade._proposals._ready
        assert sum(h * w for h, w in kept) <= max(TILE_PIXELS, TILE * TILE)
    assert all(h % TILE_STEP == 0 and w % TILE_STEP == 0 and max(h, w) <= TILE for h, w in shapes)


_MEMORY = """
import re, sys
from pathlib import Path
import numpy as np
from ml import images
from ml.errors import ImageRefused
from ml.serving.verifier import Verifier
verifier = Verifier.load(sys.argv[1])
random = np.random.default_rng(1)
for _ in range(int(sys.argv[2])):
    height, width = random.integers(800, 1001, 2)
    coarse = random.integers(0, 256, (height // 50, width // 50, 3), dtype=np.uint8)
    import cv2
    pixels = cv2.resize(coarse, (int(width), int(height)), interpolation=cv2.INTER_CUBIC)
    try:
        verifier.acquire(images.encode_jpeg(pixels))
    except ImageRefused:
        pass
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def peak_after(photos: int, folder) -> float:
    """Megabytes at most of a process that looked for faces in photos of random sizes without any."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(folder), str(photos)],
        capture_output=True,
        timeout=3 * PATIENCE + photos,  # a photo without a face takes longest
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    return float(done.stdout.split()[-1])


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_memory_stays_bounded_over_photos_of_many_sizes(litert):
    assert peak_after(12, litert.artifact.folder) < 250


@linux
@pytest.mark.slow
def test_memory_stays_bounded_over_a_thousand_photos_of_random_sizes(litert):
    assert peak_after(1000, litert.artifact.folder) < 250
