"""What the product notices of covered and cut off faces, and what that does to a verdict."""

import json

import numpy as np
import pytest

from ml import images
from ml.__main__ import main
from ml.calibration import conditions as calibration
from ml.calibration import coverage as training
from ml.decision import conditions as decision
from ml.decision import words
from ml.errors import ImageRefused
from ml.evaluation import coverings, robustness
from ml.faces import conditions, coverage
from tests.support.faces import make_face

PEOPLE = range(6)
BASE = {"slope": 5.0, "intercept": 0.0}
FITTED = {
    "covered_eyes": {"slope": 2.5, "intercept": -0.5, "tail": [[-0.5, -0.6], [0.5, 0.9]]},
    "dark": {"slope": 4.0, "intercept": 0.2, "tail": [[0.0, 0.3], [1.0, 1.3]]},
    "covered_eyes+covered_eyes": {"slope": 1.0, "intercept": -1.0, "tail": [[0.0, 1.0]]},
}


@pytest.fixture(scope="module")
def faces(litert):
    photos = [make_face(person) for person in PEOPLE]
    return [(images.decode(data), litert.acquire(data).face) for data in photos]


def told(litert, pixels):
    """The conditions of the face; "refused" for one that is not compared at all."""
    try:
        found = litert.acquire(images.encode_jpeg(pixels))
    except ImageRefused:
        return ("refused",)
    return calibration.conditions_of(found)


def test_a_whole_face_in_the_light_has_no_condition(litert, faces):
    assert [told(litert, pixels) for pixels, _ in faces] == [()] * len(faces)


@pytest.mark.parametrize(
    "kind", [name for name in coverings.KINDS if name.startswith("sunglasses")]
)
def test_sunglasses_of_any_shape_are_told_from_the_eyes(litert, faces, kind):
    rng = np.random.default_rng(1)

    found = [
        told(litert, coverings.draw(kind, pixels, face.landmarks, rng).pixels)
        for pixels, face in faces
    ]

    assert sum("covered_eyes" in row for row in found) >= len(faces) - 1
    assert not any("covered_mouth" in row for row in found)


@pytest.mark.parametrize("kind", ["mask_flat", "mask_curved", "mask_dome", "scarf"])
def test_masks_and_scarves_are_told_from_the_mouth(litert, faces, kind):
    rng = np.random.default_rng(1)

    found = [
        told(litert, coverings.draw(kind, pixels, face.landmarks, rng).pixels)
        for pixels, face in faces
    ]

    assert sum("covered_mouth" in row for row in found) >= len(faces) - 1
    assert not any("covered_eyes" in row for row in found)


@pytest.mark.parametrize("kind", coverings.OPEN)
def test_what_hides_no_feature_is_no_covering(litert, faces, kind):
    rng = np.random.default_rng(1)

    found = [
        told(litert, coverings.draw(kind, pixels, face.landmarks, rng).pixels)
        for pixels, face in faces
    ]

    assert sum(bool({"covered_eyes", "covered_mouth"} & set(row)) for row in found) <= 1


def test_the_plain_sunglasses_and_mask_of_the_robustness_table_are_told(litert, faces):
    for pixels, face in faces:
        assert told(litert, robustness.sunglasses(pixels, face)) == ("covered_eyes",)
        assert told(litert, robustness.mask(pixels, face)) == ("covered_mouth",)


def test_low_light_blur_and_few_pixels_are_told(litert, faces):
    pixels, face = faces[5]
    assert "dark" in told(litert, robustness.low_light(pixels, face))
    assert "small" in told(litert, robustness.face_32_px(pixels, face))
    assert "blurred" in told(litert, robustness.blur(pixels, face))


def test_every_condition_is_told_in_words_with_a_way_out():
    assert tuple(words.CONDITIONS) == conditions.CONDITIONS
    assert all(len(row) == 2 and all(row) for row in words.CONDITIONS.values())


BOX = np.array([10.0, 10.0, 110.0, 110.0])
POINTS = np.array([[40, 45], [80, 45], [60, 65], [45, 85], [75, 85]], float)


@pytest.mark.parametrize("side", coverings.SIDES)
def test_a_face_cut_off_at_one_side_is_told_or_refused(litert, faces, side):
    for share in (0.25, 0.5):
        found = [told(litert, robustness.cut(side, share, pixels, face)) for pixels, face in faces]
        assert all(row == ("refused",) or "cut_off" in row for row in found)


@pytest.mark.parametrize("side", coverings.SIDES)
def test_a_cut_leaves_the_share_of_the_box_that_it_says(side):
    left, top, right, bottom = coverings.cut_frame((300, 400, 3), BOX, side, 0.35)
    kept = np.prod(np.minimum(BOX[2:], (right, bottom)) - np.maximum(BOX[:2], (left, top)))
    assert kept / np.prod(BOX[2:] - BOX[:2]) == pytest.approx(0.65)


def test_shares_are_those_of_the_features_that_are_hidden():
    photo = np.full((120, 120, 3), 200, np.uint8)
    hidden = np.zeros((120, 120), np.float32)
    hidden[:55, :60] = 1  # the left eye

    found = coverings.shares(coverings.CoveredPhoto(photo, hidden), POINTS)
    beyond = coverings.shares(coverings.CoveredPhoto(photo, 0 * hidden), POINTS + np.array([0, 60]))

    assert found.tolist() == [1, 0, 0, 0]
    assert beyond.tolist() == pytest.approx([0, 0, 1, 1], abs=0.4)


def test_the_network_in_numpy_is_the_one_that_keras_trains():
    from ml.networks import coverage as network

    model = network.build()
    with np.load(coverage.WEIGHTS) as stored:
        model.set_weights([stored[key].astype(np.float32) for key in sorted(stored.files)])
    chips = np.random.default_rng(0).integers(0, 256, (5, 48, 48, 3), dtype=np.uint8)

    logits = model.predict(coverage.standardised(chips), verbose=0)

    assert coverage.probabilities(chips) == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-5)


def test_the_command_measures_the_network_on_people_left_out_of_its_training(tmp_path, capsys):
    people = [f"P{k}" for k in range(12) if training.held_out(f"P{k}_0001")][:3]
    trained = next(f"P{k}" for k in range(12) if not training.held_out(f"P{k}_0001"))
    for k, person in enumerate([*people, trained]):
        (tmp_path / person).mkdir()
        (tmp_path / person / f"{person}_0001.jpg").write_bytes(make_face(k))

    status = main(["coverage", "--images", str(tmp_path), "--json", "-"])
    found = json.loads(capsys.readouterr().out)

    assert status == 0
    assert found["clean"] == {"faces": len(people), "covered_eyes": 0.0, "covered_mouth": 0.0}
    assert sum(row["faces"] for row in found.values()) > len(people)


def test_a_list_of_pairs_cannot_calibrate_by_condition(tmp_path, capsys):
    arguments = ["calibrate", "--conditions", "--pairs", "x.txt", "--json", "-"]
    assert main(arguments) == 1
    assert "needs a folder of people" in capsys.readouterr().err


def test_the_weights_are_small():
    assert coverage.WEIGHTS.stat().st_size < 100_000


@pytest.mark.slow
def test_training_learns_what_is_hidden(monkeypatch):
    # given: grey faces with dark eyes and mouth, some with a bar across the one or the other
    rng = np.random.default_rng(0)
    chips = rng.integers(150, 200, (240, 1, 1, 3)) + rng.integers(-10, 10, (240, 72, 72, 3))
    chips[:, 20:24, 18:28] = chips[:, 20:24, 44:54] = chips[:, 48:52, 26:46] = 60
    shares, kinds = np.zeros((240, 4), np.float32), np.array(["clean", "eyes", "mouth"] * 80)
    chips[1::3, 16:28, 10:62] = rng.integers(0, 255, (80, 1, 1, 3))
    chips[2::3, 44:56, 20:52] = rng.integers(0, 255, (80, 1, 1, 3))
    shares[1::3, :2] = shares[2::3, 3] = 1
    examples = training.Examples(chips.clip(0, 255).astype(np.uint8), shares, kinds, kinds)
    monkeypatch.setattr(training, "EPOCHS", 24)

    model = training.train(examples.only(np.arange(180)))
    seen = model.predict(training.inputs(examples.chips[180:]), verbose=0)[:, [0, 1, 3]] > 0

    assert (seen == (shares[180:, [0, 1, 3]] > 0.5)).mean() > 0.9


def test_the_score_of_whole_faces_is_worth_what_it_was():
    logits = np.linspace(-2, 2, 9)
    assert decision.evidence(logits, BASE, FITTED) == pytest.approx(5 * logits)
    assert decision.moved(0.7, FITTED) == 0.7


def test_a_score_of_a_covered_face_is_worth_less():
    assert decision.evidence(1.0, BASE, FITTED, ("covered_eyes",)) == pytest.approx(2.0)
    assert decision.evidence(1.0, BASE, FITTED, (), ("dark",)) == pytest.approx(4.2)
    both = decision.evidence(1.0, BASE, FITTED, ("covered_eyes", "dark"))
    assert both == pytest.approx(2.0)


def test_the_threshold_of_a_covered_face_moves_to_where_as_few_strangers_pass():
    eyes = ("covered_eyes",)
    assert decision.moved(0.5, FITTED, eyes) == pytest.approx(0.9)
    assert decision.moved(0.0, FITTED, (), eyes) == pytest.approx(0.15)
    assert decision.moved(1.5, FITTED, eyes) == pytest.approx(1.9)
    assert decision.moved(0.5, FITTED, ("dark", *eyes)) == pytest.approx(0.9)
    assert decision.moved(0.5, FITTED, eyes, eyes) == pytest.approx(1.5)


def test_a_threshold_never_moves_down():
    assert decision.moved(-0.5, FITTED, ("covered_eyes",)) == -0.5


def test_thresholds_keep_their_order():
    logits = np.linspace(-3, 3, 301)
    for a, b in ((("covered_eyes",), ()), (("dark",), ("covered_eyes",)), (("dark",), ("dark",))):
        assert (np.diff([decision.moved(logit, FITTED, a, b) for logit in logits]) >= 0).all()


def test_two_covered_faces_have_a_calibration_of_their_own():
    eyes = ("covered_eyes",)
    assert decision.evidence(2.0, BASE, FITTED, eyes, eyes) == pytest.approx(1.0)


def test_a_pair_of_conditions_that_was_not_fitted_takes_the_less_certain_of_the_two():
    both = decision.evidence([-2.0, 2.0], BASE, FITTED, ("covered_eyes",), ("dark",))
    assert both == pytest.approx([-5.5, 4.5])


def test_evidence_rises_with_the_score_and_does_not_mind_the_order_of_the_faces():
    logits = np.linspace(-3, 3, 601)
    rng = np.random.default_rng(0)
    names = list(conditions.CONDITIONS)
    for _ in range(200):
        fitted = {
            name: {"slope": rng.uniform(0.5, 6), "intercept": rng.normal(0, 1.5)}
            for name in [*names, "dark+small", "blurred+dark"]
        }
        a, b = (tuple(rng.choice(names, rng.integers(0, 4), replace=False)) for _ in range(2))

        found = decision.evidence(logits, BASE, fitted, a, b)

        assert (np.diff(found) >= 0).all()
        assert (found == decision.evidence(logits, BASE, fitted, b, a)).all()


def looks(count=90, seed=0):
    """People whose embeddings are points on a line, three photos of each; one dark look at each is
    so noisy that it tells little."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[float, str, str, str, tuple[str, ...]]] = []
    for person in range(count):
        where = rng.normal(0, 3)
        for photo in range(3):
            name = (f"P{person}", f"P{person}_{photo}")
            rows.append((where + rng.normal(0, 0.3), *name, "clean", ()))
            rows.append((where + rng.normal(0, 1.5), *name, "dark", ("dark",)))
    values, people, photos, made, told = zip(*rows, strict=True)
    return calibration.DegradedFaces(
        np.array(values, np.float32)[:, None],
        np.array(people),
        np.array(photos),
        np.array(made),
        list(told),
        {"dark": {"too_dark": 7}},
        {"clean": 3 * count, "dark": 3 * count + 7},
    )


class LineHead:
    """The closer, the more alike."""

    def logits(self, a, b):
        return 1.5 - np.abs(a - b)[..., 0]


def test_no_pair_is_of_one_photo_and_none_crosses_the_folds():
    seen = looks()

    pairs = calibration.score(seen, LineHead())

    assert (seen.photos[pairs.a] != seen.photos[pairs.b]).all()
    assert (pairs.same == (seen.people[pairs.a] == seen.people[pairs.b])).all()
    fold = np.array([calibration.fold_of(person) for person in seen.people])
    assert (fold[pairs.a] == fold[pairs.b]).all()


def test_calibration_by_condition_mends_what_is_promised_of_dark_faces():
    seen = looks()
    pairs = calibration.score(seen, LineHead())
    whole = (seen.made[pairs.a] == "clean") & (seen.made[pairs.b] == "clean")
    slope, intercept = calibration.platt(
        pairs.logits[whole & pairs.same], pairs.logits[whole & ~pairs.same]
    )

    fitted = calibration.fit(seen, pairs)
    found = calibration.measure(seen, pairs, {"slope": slope, "intercept": intercept}, 0.7)

    assert set(fitted) == {"dark", "dark+dark"}
    assert fitted["dark"]["slope"] < slope
    row = found["conditions"]["dark"]
    assert row["false_match_rate"] <= 1.2 * found["made"]["clean"]["false_match_rate"]
    assert row["calibration_error"] < 0.5 * row["before"]["calibration_error"]
    assert row["confident_wrong"] < row["before"]["confident_wrong"]
    assert found["made"]["dark"]["refused"] == {"too_dark": 7, "of": 277}
    assert found["made"]["clean"] == found["made"]["clean"] | found["made"]["clean"]["before"]
