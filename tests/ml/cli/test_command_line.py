"""python -m ml, as a program is run: arguments, output, exit status."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.faces import make_face, no_face, two_faces
from tests.support.servers import PATIENCE

ROOT = Path(__file__).resolve().parents[3]


def ml(*args):
    return subprocess.run(
        [sys.executable, "-m", "ml", *map(str, args)],
        cwd=ROOT,
        capture_output=True,
        timeout=3 * PATIENCE,
        text=True,
    )


@pytest.fixture
def photo(tmp_path):
    def write(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def test_compare_says_the_verdict_in_words(photo):
    done = ml("compare", photo("a.jpg", make_face(0)), photo("b.jpg", make_face(0, 1)))
    assert done.returncode == 0
    assert done.stdout.startswith("Same person. Confidence: more than 99.9 %.\n")
    assert done.stderr == ""


def test_compare_names_the_rates_it_has_when_asked_for_another(photo):
    a = photo("a.jpg", make_face(0))
    done = ml("compare", a, a, "--false-match-rate", "0.5")
    assert done.returncode == 1
    assert "rate of 0.5; offered: 0.01, 0.001, 0.0001" in done.stderr


@pytest.mark.parametrize("chance", ["0.5", "0", "much"])
def test_compare_refuses_a_chance_that_contradicts_itself(photo, monkeypatch, chance):
    monkeypatch.setenv("FACEVERIFY_NO_MATCH_CHANCE", chance)
    a = photo("a.jpg", make_face(0))
    done = ml("compare", a, a)
    assert done.returncode == 1
    assert "FACEVERIFY_NO_MATCH_CHANCE" in done.stderr and "between 0 and 0.5" in done.stderr


def test_compare_prints_the_api_fields_as_json(photo):
    a, b = photo("a.jpg", make_face(0)), photo("b.jpg", make_face(1))
    done = ml("compare", a, b, "--json", "--false-match-rate", "0.0001")
    verdict = json.loads(done.stdout)
    assert done.returncode == 0
    assert (verdict["outcome"], verdict["false_match_rate"]) == ("no_match", 0.0001)


def test_compare_with_a_refused_photo_exits_2_and_says_which(photo):
    done = ml("compare", photo("a.jpg", make_face(0)), photo("b.jpg", no_face()), "--json")
    assert done.returncode == 2
    assert "reference: No face was found" in done.stderr
    refusal = json.loads(done.stdout)
    assert (refusal["outcome"], refusal["code"], refusal["which"]) == (
        "refused",
        "no_face_found",
        "reference",
    )


def test_compare_with_a_group_photo_takes_a_face_number(photo):
    a, b = photo("a.jpg", make_face(0)), photo("b.jpg", two_faces(0, 1))
    assert ml("compare", a, b).returncode == 2
    answers = {ml("compare", a, b, "--reference-face", n).stdout.split(".")[0] for n in (0, 1)}
    assert answers == {"Same person", "Different people"}


def test_compare_with_a_missing_file_exits_1(photo):
    done = ml("compare", photo("a.jpg", make_face(0)), "nowhere.jpg")
    assert done.returncode == 1
    assert "nowhere.jpg" in done.stderr and "Traceback" not in done.stderr


def test_compare_with_a_missing_model_exits_1_and_says_how_to_get_it(photo):
    a = photo("a.jpg", make_face(0))
    done = ml("compare", a, a, "--model", "nowhere")
    assert done.returncode == 1
    assert "There is no model" in done.stderr


def test_detect_lists_every_face_as_json(photo):
    done = ml("detect", photo("two.jpg", two_faces()), "--json")
    result = json.loads(done.stdout)
    assert result["image"] == {"width": 600, "height": 300}
    assert [face["index"] for face in result["faces"]] == [0, 1]


def test_detect_marks_the_faces_on_a_copy(photo, tmp_path):
    original = photo("a.jpg", make_face(2))
    done = ml("detect", original, "--out", tmp_path / "marked.png")
    assert done.returncode == 0
    with Image.open(tmp_path / "marked.png") as marked, Image.open(original) as plain:
        assert marked.size == plain.size
        assert np.abs(np.asarray(marked).astype(int) - np.asarray(plain)).max() > 50


def test_detect_without_a_face_exits_2(photo):
    assert ml("detect", photo("a.jpg", no_face())).returncode == 2


def test_prepare_does_nothing_when_the_model_is_up_to_date():
    done = ml("prepare")
    assert done.returncode == 0
    assert "up to date" in done.stdout


def test_comparing_does_not_import_tensorflow(photo):
    script = (
        "import sys; from ml.__main__ import main; main(sys.argv[1:]);"
        "assert not {'tensorflow', 'keras', 'django'} & set(sys.modules)"
    )
    a = photo("a.jpg", make_face(0))
    done = subprocess.run(
        [sys.executable, "-c", script, "compare", a, a],
        cwd=ROOT,
        capture_output=True,
        timeout=3 * PATIENCE,
        text=True,
    )
    assert done.returncode == 0, done.stderr
