"""Sequences on disk, and how sessions decide on them."""

import json

import numpy as np
import pytest

from ml.__main__ import ERROR, OK, main
from ml.errors import MlError
from ml.evaluation.live import dependence, evaluate, films, report, sequences
from ml.evaluation.live.play import Frame
from tests.support.faces import make_face

SEQUENCE = {
    "species": "print_flat",
    "bona_fide": False,
    "passes": False,
    "made": True,
    "steps": ("turn_left", "turn_right"),
    "same": True,
}


@pytest.fixture
def photos(tmp_path):
    """Two people with two photos each."""
    for identity in (1, 2, 3):
        folder = tmp_path / "photos" / f"P{identity}"
        folder.mkdir(parents=True)
        for variation in (0, 1):
            photo = make_face(identity, variation)
            (folder / f"P{identity}_{variation:04}.jpg").write_bytes(photo)
    return tmp_path / "photos"


FRAMES = [Frame(b"one", 0.0), Frame(b"three", 0.1)]


def write(folder, frames=FRAMES, **changes):
    sequences.write(folder, frames, make_face(1, 1), **SEQUENCE | changes)


def test_a_sequence_is_read_as_it_was_written(tmp_path):
    write(tmp_path / "a")

    (stored,) = sequences.read(tmp_path)

    assert list(stored.frames()) == FRAMES
    assert stored.reference == make_face(1, 1)
    assert stored.about.steps == ("turn_left", "turn_right")


def test_a_folder_without_sequences_says_how_to_make_some(tmp_path):
    with pytest.raises(MlError, match="no sequences") as refused:
        sequences.read(tmp_path)

    assert "--make" in refused.value.remedy


def test_a_damaged_sequence_is_named(tmp_path):
    write(tmp_path / "a")
    (tmp_path / "a" / sequences.FILM).write_bytes(b"short")
    (stored,) = sequences.read(tmp_path)

    with pytest.raises(MlError, match=r"film\.mjpeg"):
        list(stored.frames())

    (tmp_path / "a" / sequences.ABOUT).write_text("{}")
    with pytest.raises(MlError, match=r"sequence\.json"):
        sequences.read(tmp_path)


def test_a_share_has_its_interval():
    assert evaluate.share(0, 100) == {
        "count": 0, "n": 100, "share": 0.0, "interval": [0.0, 0.037],
    }  # fmt: skip


def test_an_attack_and_a_person_are_counted_by_their_own_rates(litert, tmp_path):
    still = films.of_photo(litert.finder, make_face(1), kind="still", seconds=7, per_second=6)
    frames = [Frame(jpeg, number / 6) for number, jpeg in enumerate(still)]
    write(tmp_path / "attack", frames, species="still")
    write(tmp_path / "person", frames, species="live", bona_fide=True, made=False)

    result = evaluate.evaluate(litert, sequences.read(tmp_path))

    attack, person = result["species"]["still"], result["bona_fide"]["live"]
    assert (attack["apcer"]["count"], attack["iapar"]["count"], attack["apnrr"]["count"]) == (
        0,
        0,
        0,
    )
    assert attack["matched_without_challenge"]["count"] == 1
    assert attack["reasons"] == {"too_late": 1}
    assert (person["bpcer"]["count"], person["bpcer"]["n"]) == (1, 1)
    assert result["verdict"]["same"]["outcomes"]["match"]["count"] == 1
    assert result["verdict"]["same"]["seconds"]["median"] < 2
    assert not result["made"]


def test_the_command_makes_sequences_and_writes_a_page(photos, tmp_path, capsys):
    made, page, figures = (tmp_path / name for name in ("made", "page.html", "figures.json"))

    status = main([
        "live-evaluate", "--sequences", str(made), "--make", "--images", str(photos),
        "--count", "1", "--species", "still", "--html", str(page), "--json", str(figures),
    ])  # fmt: skip

    assert status == OK
    result = json.loads(figures.read_text())
    assert result["species"]["still"]["apcer"]["n"] == 1
    assert result["made"]
    assert "APCER" in capsys.readouterr().out
    text = page.read_text()
    assert "synthetic" in text
    assert "no certified" in text
    assert "still" in text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--make"], "--images"),
        (["--make", "--images", "PHOTOS", "--count", "50"], "lower --count"),
        (["--make", "--images", "PHOTOS", "--species", "mask"], "print_flat"),
    ],
)
def test_what_is_missing_is_told(photos, tmp_path, capsys, more, words):
    more = [str(photos) if word == "PHOTOS" else word for word in more]

    assert main(["live-evaluate", "--sequences", str(tmp_path / "made"), *more]) == ERROR

    assert words in capsys.readouterr().err


def test_a_species_that_is_expected_to_pass_is_told_as_such():
    none = evaluate.share(0, 1)
    row = {
        "expected_to_pass": True, "apcer": evaluate.share(1, 1), "iapar": none, "apnrr": none,
        "matched_without_challenge": none, "reasons": {},
    }  # fmt: skip
    result = {
        "model": {"name": "duo", "version": "1.0.0"},
        "made": True,
        "false_match_rate": 1e-3,
        "species": {"replay_right_order": row},
        "bona_fide": {},
        "verdict": {},
    }

    page = report.page(result)

    assert "replay_right_order (expected to pass)" in page
    assert "Highest APCER of the species that are to be refused: 0.0%" in page


def test_several_frames_are_measured_on_films_and_on_photos_of_other_days(litert, photos):
    for identity in (1, 2, 3):
        for variation in range(2, 6):
            photo = make_face(identity, variation)
            path = photos / f"P{identity}" / f"P{identity}_{variation:04}.jpg"
            path.write_bytes(photo)

    found = dependence.measure(litert, photos, count=2)

    assert found["films"]["people"] == found["photos"]["people"] == 2
    assert found["films"]["in_common"]["strangers"] > 0.5
    assert found["photos"]["rates"]["0.001"]["together"]["fmr"] == 0


def test_copies_have_everything_in_common_and_independent_frames_nothing():
    copies = np.repeat(np.arange(20.0)[:, None], 5, axis=1)
    independent = np.random.default_rng(0).normal(size=(4000, 5))

    assert dependence.in_common(copies) == 1
    assert dependence.in_common(independent) == pytest.approx(0, abs=0.02)
