"""Photos in, verdicts out, on both runtimes."""

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageFilter

from ml.errors import ImageRefused
from tests.support.faces import face_image, make_face, no_face, to_jpeg, two_faces


def code_of(verifier, photo: bytes, **options) -> ImageRefused:
    with pytest.raises(ImageRefused) as refused:
        verifier.compare(make_face(0), photo, **options)
    assert refused.value.which == "reference"
    assert refused.value.remedy
    return refused.value


def test_two_photos_of_one_person_match(verifier):
    verdict = verifier.compare(make_face(0), make_face(0, 1))
    assert verdict.outcome == "match"
    assert verdict.decision.confidence > 0.9


def test_photos_of_two_people_do_not_match(verifier):
    verdict = verifier.compare(make_face(0), make_face(1))
    assert verdict.outcome == "no_match"
    assert verdict.decision.confidence > 0.9


def test_a_verdict_does_not_depend_on_which_photo_comes_first(litert):
    one, other = (
        litert.compare(make_face(3), make_face(4)),
        litert.compare(make_face(4), make_face(3)),
    )
    assert one.decision == other.decision


def test_a_verdict_as_json_has_every_field_of_the_api(verifier):
    verdict = json.loads(json.dumps(verifier.compare(make_face(0), make_face(0, 1)).to_dict()))
    assert set(verdict) == {
        "outcome", "similarity", "confidence", "probability", "threshold", "band",
        "leaning", "false_match_rate", "model", "faces", "timings",
    }  # fmt: skip
    assert verdict["false_match_rate"] == 1e-3
    assert set(verdict["model"]) == {"name", "version", "sha256"}
    assert len(verdict["model"]["sha256"]) == 64
    assert set(verdict["timings"]) == {"decode", "detect", "align", "embed", "compare", "total"}
    face = verdict["faces"]["probe"]
    assert set(face["bounding_box"]) == {"left", "top", "width", "height"}
    assert set(face["landmarks"]) == {"left_eye", "right_eye", "nose", "mouth_left", "mouth_right"}
    assert set(face["quality"]) == {
        "size", "sharpness", "brightness", "contrast", "yaw", "pitch", "roll", "overall"
    }  # fmt: skip
    assert face["image"] == {"width": 300, "height": 300}
    assert face["count"] == 1 and face["others"] == [] and face["turned"] == 0


def test_the_crops_are_the_aligned_faces(litert):
    crops = litert.compare(make_face(0), make_face(1)).crops
    assert {role: crop.shape for role, crop in crops.items()} == {
        "probe": (150, 150, 3),
        "reference": (150, 150, 3),
    }


def test_a_stricter_false_match_rate_has_a_higher_threshold(litert):
    thresholds = [
        litert.compare(make_face(0), make_face(1), false_match_rate=rate).decision.threshold
        for rate in (1e-2, 1e-3, 1e-4)
    ]
    assert thresholds == sorted(thresholds) and len(set(thresholds)) == 3


def test_a_false_match_rate_without_operating_point_is_an_error(litert):
    with pytest.raises(ValueError, match=r"offered: 0\.01, 0\.001, 0\.0001"):
        litert.compare(make_face(0), make_face(1), false_match_rate=0.5)


def test_a_photo_without_a_face_is_refused(verifier):
    assert code_of(verifier, no_face()).code == "no_face_found"


def test_a_black_photo_is_refused(litert):
    assert code_of(litert, to_jpeg(Image.new("RGB", (300, 300)))).code == "no_face_found"


def test_a_dark_face_is_refused(litert):
    dark = Image.fromarray((np.asarray(face_image(1)) * 0.09).astype(np.uint8))
    assert code_of(litert, to_jpeg(dark)).code in ("too_dark", "no_face_found")


def test_a_face_of_20_pixels_is_refused_as_too_small(litert):
    refusal = code_of(litert, make_face(2, size=44))
    assert refusal.code == "face_too_small"
    assert 15 < refusal.faces[0]["quality"]["size"] < 28


def test_a_blurred_face_is_refused(litert):
    blurred = face_image(1).filter(ImageFilter.GaussianBlur(9))
    assert code_of(litert, to_jpeg(blurred)).code in ("too_blurred", "no_face_found")


def test_two_equally_prominent_faces_are_refused_with_both_listed(verifier):
    refusal = code_of(verifier, two_faces(0, 1))
    assert refusal.code == "several_faces"
    assert [face["index"] for face in refusal.faces] == [0, 1]


def test_a_face_index_chooses_one_of_several(verifier):
    outcomes = {
        verifier.compare(make_face(0), two_faces(0, 1), reference_face=index).outcome
        for index in (0, 1)
    }
    assert outcomes == {"match", "no_match"}


def test_a_face_index_that_names_no_face_is_refused(litert):
    refusal = code_of(litert, two_faces(0, 1), reference_face=7)
    assert refusal.code == "face_index_invalid"
    assert len(refusal.faces) == 2


def test_the_most_prominent_of_unequal_faces_is_compared_and_all_are_reported(litert):
    frame = Image.new("RGB", (500, 300), (118, 116, 112))
    frame.paste(face_image(0), (60, 0))
    frame.paste(face_image(1, size=120), (375, 170))
    verdict = litert.compare(to_jpeg(frame), make_face(0, 1))
    assert verdict.outcome == "match"
    face = verdict.to_dict()["faces"]["probe"]
    assert face["count"] == 2
    assert face["others"][0]["bounding_box"]["left"] > 360


@pytest.mark.parametrize(
    ("turn", "degrees"), [("ROTATE_90", 90), ("ROTATE_180", 180), ("ROTATE_270", 270)]
)
def test_a_photo_on_its_side_or_head_is_turned_and_its_box_mapped_back(litert, turn, degrees):
    frame = Image.new("RGB", (500, 300), (118, 116, 112))
    frame.paste(face_image(1), (0, 0))
    upright = litert.acquire(to_jpeg(frame)).to_dict()
    turned = litert.compare(to_jpeg(frame.transpose(Image.Transpose[turn])), make_face(1, 1))
    assert turned.outcome == "match"
    face = turned.to_dict()["faces"]["probe"]
    assert face["turned"] == degrees
    assert face["image"] == (
        {"width": 300, "height": 500} if degrees != 180 else {"width": 500, "height": 300}
    )
    x, y = upright["landmarks"]["nose"]
    expected = {90: (y, 499 - x), 180: (499 - x, 299 - y), 270: (299 - y, x)}[degrees]
    assert face["landmarks"]["nose"] == pytest.approx(expected, abs=3)


def test_a_large_photo_gives_boxes_in_its_own_pixels(litert):
    small, large = (litert.acquire(make_face(2, size=size)) for size in (300, 2400))
    assert (large.width, large.height) == (2400, 2400)
    assert large.face.landmarks == pytest.approx(small.face.landmarks * 8, abs=60)
    assert large.face.quality.size == pytest.approx(small.face.quality.size * 8, rel=0.15)


def test_a_small_face_in_a_large_photo_is_cut_from_the_full_size(litert):
    frame = Image.new("RGB", (4000, 3000), (118, 116, 112))
    frame.paste(face_image(2), (1850, 1350))
    reduced = frame.resize((1000, 750), Image.Resampling.BOX)
    full, small = (litert.acquire(to_jpeg(image)).face.quality for image in (frame, reduced))
    assert full.size == pytest.approx(small.size * 4, rel=0.1)
    assert full.sharpness > 1.2 * small.sharpness
    assert litert.compare(to_jpeg(frame), make_face(2, 1)).outcome == "match"


def test_a_tiff_and_a_png_of_one_photo_give_the_same_verdict(litert):
    results = []
    for kind in ("PNG", "TIFF"):
        buffer = io.BytesIO()
        face_image(5).save(buffer, kind)
        results.append(litert.compare(buffer.getvalue(), make_face(5, 1)).decision.similarity)
    assert results[0] == pytest.approx(results[1], abs=1e-6)


def test_real_photos_of_one_person_match_and_of_two_do_not(verifier, lfw_folder):
    def photo(person, number):
        return (lfw_folder / person / f"{person}_{number:04d}.jpg").read_bytes()

    same = verifier.compare(photo("Abel_Pacheco", 1), photo("Abel_Pacheco", 4))
    other = verifier.compare(photo("Abel_Pacheco", 1), photo("Adam_Sandler", 1))
    assert (same.outcome, other.outcome) == ("match", "no_match")
