"""The command line and the web application judge the same pixels, whatever kind of photo it is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support.faces import face_image, make_face
from tests.support.image_files import exif, saved
from tests.support.servers import PATIENCE
from tests.support.submissions import submit_pair
from verification.models import Verification
from verification.worker import tasks

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = {
    "an ordinary JPEG": lambda: saved(face_image(0, 1), "JPEG", quality=85),
    "one of 9 megapixels": lambda: make_face(0, 1, size=3000),
    "one that lies on its side": lambda: saved(
        face_image(0, 1).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif(6)
    ),
    "a HEIC": lambda: saved(face_image(0, 1), "HEIC", quality=70),
}


@pytest.mark.parametrize("kind", PHOTOS)
def test_both_ways_give_the_same_similarity(user, tmp_path, kind):
    probe, reference = PHOTOS[kind](), saved(face_image(0), "JPEG", quality=80)
    row = submit_pair(owner=user, probe=probe, reference=reference)
    tasks.run(str(row.pk))
    similarity = Verification.objects.get(pk=row.pk).similarity

    files = [tmp_path / "probe", tmp_path / "reference"]
    for file, data in zip(files, (probe, reference), strict=True):
        file.write_bytes(data)
    said = subprocess.run(
        [sys.executable, "-m", "ml", "compare", *files, "--json"],
        cwd=ROOT,
        capture_output=True,
        timeout=3 * PATIENCE,
    )

    assert json.loads(said.stdout)["similarity"] == pytest.approx(similarity, abs=1e-5)
