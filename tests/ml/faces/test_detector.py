"""Faces are found in photos of every kind."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from ml.errors import ImageRefused
from ml.faces import quality
from ml.faces.blazeface import GRIDS, SIZE, BlazeFace
from ml.faces.cascade import Cascade
from ml.faces.detection import suppress_nested
from ml.faces.mipmap import Mipmap
from ml.faces.refinement import Refiner
from ml.serving.litert import Net
from ml.serving.verifier import Verifier, search_of
from tests.support.faces import face_image, make_face, no_face, pixels_of, to_jpeg, wall, wall_with


@pytest.fixture(scope="module")
def search(litert):
    return search_of(litert.artifact)


@pytest.fixture(scope="module")
def cascade_alone(litert):
    return search_of(litert.artifact, blazeface=False)


# The first look


def test_a_portrait_is_found_at_the_first_look(search, monkeypatch):
    monkeypatch.setattr(
        Cascade, "detect", lambda *_args, **_options: pytest.fail("the cascade ran")
    )

    found = search.find(pixels_of(face_image(1)))

    assert len(found.detections) == 1 and found.turns == 0
    assert found.smallest == pytest.approx(0.16 * 300)


def test_the_first_look_and_the_cascade_agree_about_the_landmarks(search, cascade_alone):
    for identity in range(4):
        pixels = pixels_of(face_image(identity))
        quick, whole = (each.find(pixels).detections[0] for each in (search, cascade_alone))
        eyes = np.linalg.norm(whole.landmarks[1] - whole.landmarks[0])
        assert np.linalg.norm(quick.landmarks - whole.landmarks, axis=1).mean() < 0.12 * eyes


def test_a_model_without_the_first_look_still_finds_and_compares(litert, tmp_path):
    older = without_blazeface(litert.artifact, tmp_path)

    verifier = Verifier.of(older)

    assert verifier.compare(make_face(0), make_face(0, 1)).outcome == "match"
    assert verifier.acquisition != litert.acquisition


def without_blazeface(artifact, folder):
    """The model as versions before the first look made it."""
    from ml.serving import artifacts

    files = artifact.read_all()
    del files["blazeface.tflite"]
    return artifacts.save(folder / "older", files, dict(artifact.manifest))


def test_the_detector_is_part_of_a_models_fingerprint(litert, tmp_path):
    assert without_blazeface(litert.artifact, tmp_path).identity["sha256"] != litert.model["sha256"]


def test_anchors_lie_in_the_middle_of_the_cells_of_both_grids(litert):
    net = Net(litert.artifact.read("blazeface.tflite"))

    anchors = BlazeFace(net)._anchors

    assert anchors.shape == (sum(cells * cells * each for cells, each in GRIDS), 2) == (896, 2)
    assert anchors[:3].tolist() == [[4, 4], [4, 4], [12, 4]]
    assert anchors[512].tolist() == [8, 8] and anchors[-1].tolist() == [120, 120]


def test_a_photo_that_is_not_square_is_padded_not_squeezed():
    seen = []

    def net(frame):
        seen.append(frame[0])
        return np.zeros((1, 896, 16)), np.full((1, 896, 1), -9.0)

    BlazeFace(net).detect(Mipmap(np.full((100, 400, 3), 255, np.uint8)))

    (frame,) = seen
    assert frame.shape == (SIZE, SIZE, 3)
    assert (frame[48:80] == 1).all() and (frame[:48] == -1).all() and (frame[80:] == -1).all()


def test_overlapping_candidates_become_their_weighted_mean():
    values, logits = np.zeros((1, 896, 16)), np.full((1, 896, 1), -9.0)
    # Two anchors of one cell, 8 pixels apart, as likely as 0.9 and 0.6; boxes of 60 pixels.
    for anchor, shift, chance in ((0, 0, 0.9), (1, 8, 0.6)):
        values[0, anchor, :4] = (40 + shift, 40, 60, 60)
        logits[0, anchor, 0] = np.log(chance / (1 - chance))

    (found,) = BlazeFace(lambda _frame: (values, logits)).detect(
        Mipmap(np.zeros((128, 128, 3), np.uint8))
    )

    # 44 + 8 * 0.6 / 1.5 = 47.2 is the middle's x.
    assert found.box == pytest.approx([17.2, 14, 77.2, 74])
    assert found.score == pytest.approx(0.9)


# The last net


class OneFace:
    """Loads a last net that sees a face of known landmarks in every crop."""

    def __init__(self, points, scores):
        self.points, self.scores, self.crops = np.array(points), list(scores), []

    def __call__(self, name, input_shape=None):
        return self.look

    def look(self, crops):
        self.crops.append(crops)
        n = len(crops)
        mirrored = self.points * (-1, 1) + (1, 0)
        rows = [self.points, mirrored[[1, 0, 2, 4, 3]]][:n] if n > 1 else [self.points]
        points = np.array([row.T.ravel() for row in rows])
        score = self.scores.pop(0)
        return np.zeros((n, 4)), points, np.tile([1 - score, score], (n, 1))


POINTS = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]


def test_the_second_look_takes_the_mirror_image_along_and_gives_the_same_landmarks():
    net = OneFace(POINTS, [0.9, 0.95])
    photo = Mipmap(np.zeros((200, 200, 3), np.uint8))

    (first,) = Refiner(net).refine(photo, np.array([[50.0, 50, 149, 149]]))
    second = Refiner(net).refine_again(photo, first)

    assert [len(crops) for crops in net.crops] == [1, 2]
    assert first.landmarks == pytest.approx(np.array(POINTS) * 100 + 49)
    assert second.landmarks == pytest.approx(first.landmarks)
    assert second.score == 0.95


def test_a_face_lost_at_the_second_look_stays_as_it_was():
    photo = Mipmap(np.zeros((200, 200, 3), np.uint8))
    refiner = Refiner(OneFace(POINTS, [0.9, 0.3]))
    (first,) = refiner.refine(photo, np.array([[50.0, 50, 149, 149]]))

    assert refiner.refine_again(photo, first) is first


def test_a_leaning_face_is_shown_upright_and_its_landmarks_lean():
    photo = Mipmap(np.zeros((200, 200, 3), np.uint8))

    (found,) = Refiner(OneFace(POINTS, [0.9])).refine(
        photo, np.array([[50.0, 50, 149, 149]]), roll=30.0
    )

    assert found.roll == pytest.approx(30)
    assert np.linalg.norm(found.landmarks[1] - found.landmarks[0]) == pytest.approx(40)


@pytest.mark.parametrize("side", [50, 99, 200, 800])
def test_a_crop_shows_its_box_from_edge_to_edge_at_every_scale(side):
    ramp = np.tile(np.linspace(0, 255, 1000), (1000, 1))
    photo = Mipmap(np.repeat(ramp[:, :, None], 3, axis=2).astype(np.uint8))

    (crop,) = photo.crops(np.array([[100.0, 100, 100 + side, 100 + side]]), 48)

    ends = (crop[24, [0, -1], 0] * 128 + 127.5) / 255 * 999
    assert ends == pytest.approx([100, 100 + side], abs=max(5, side / 40))


# Photos that the first look cannot do


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("identity", [0, 2, 4])
def test_a_portrait_on_its_side_or_head_is_turned(search, identity, degrees):
    turned = face_image(identity).rotate(degrees)

    found = search.find(pixels_of(turned))

    assert found.turns * 90 == 360 - degrees
    landmarks = found.in_photo(found.detections[0].landmarks, (300, 300))
    (upright,) = search.find(pixels_of(face_image(identity))).detections
    assert landmarks == pytest.approx(turned_back(upright.landmarks, degrees), abs=6)


def turned_back(points, degrees):
    """Where points of a 300-pixel square go when it is turned counterclockwise."""
    x, y = points.T
    places = {90: (y, 299 - x), 180: (299 - x, 299 - y), 270: (299 - y, x)}
    return np.stack(places[degrees], axis=1)


@pytest.mark.parametrize("lean", [-40, -25, 25, 40])
def test_a_leaning_head_is_found_with_its_lean(search, lean):
    leaning = face_image(0).rotate(-lean, Image.Resampling.BICUBIC, fillcolor=(118, 116, 112))

    (found,) = search.find(pixels_of(leaning)).detections

    assert found.roll == pytest.approx(lean, abs=6)


@pytest.mark.parametrize("share", [0.10, 0.15])
def test_a_photo_cropped_to_the_face_is_found(litert, share):
    for identity in range(5):
        whole = litert.acquire(make_face(identity)).face
        left, top, right, bottom = whole.box
        across, down = share * (right - left), share * (bottom - top)
        tight = face_image(identity).crop(
            tuple(round(v) for v in (left + across, top + down, right - across, bottom - down))
        )
        (face,) = litert.finder.find(to_jpeg(tight)).faces
        assert face.landmarks == pytest.approx(whole.landmarks - (left + across, top + down), abs=9)


def test_a_small_face_alone_in_a_large_photo_is_found(litert):
    photo = wall_with([(0, 120, 900, 100)], size=(1600, 1200))

    face = litert.acquire(to_jpeg(photo)).face

    assert 30 < face.quality.size < 90
    assert face.box[0] > 900 and face.box[2] < 1020


def test_a_picture_without_a_face_has_none_after_all_looks(litert):
    for data in (no_face(), to_jpeg(wall(900, 700))):
        with pytest.raises(ImageRefused) as caught:
            litert.acquire(data)
        assert caught.value.code == "no_face_found"


# Group photos


def test_all_faces_of_forty_pixels_of_a_large_group_photo_are_found(litert):
    # The box of a drawn face is about half as wide as its square.
    places = [(k % 13, 90, 200 + 240 * (k % 15), 150 + 240 * (k // 15)) for k in range(45)]
    photo = wall_with([(0, 600, 600, 1500), *places], size=(4000, 3000))

    found = litert.finder.find(to_jpeg(photo))

    middles = np.array([(face.box[:2] + face.box[2:]) / 2 for face in found.faces])
    for _, side, left, top in places:
        assert np.linalg.norm(middles - (left + side / 2, top + side / 2), axis=1).min() < 25
    assert len(found.faces) == 46
    assert found.searched_down_to == 40


def test_a_comparison_says_how_small_the_faces_are_that_it_did_not_look_for(litert):
    photo = to_jpeg(wall_with([(0, 700, 100, 100), (1, 90, 1000, 100)]))

    quick, all_faces = litert.acquire(photo), litert.finder.find(photo)

    assert [face.index for face in quick.faces] == [0]
    assert quick.to_dict()["searched_down_to"] > 45
    assert [face.index for face in all_faces.faces] == [0, 1]
    assert all_faces.searched_down_to == 18
    # The same number means the same face, whichever way it was asked for.
    assert all_faces.faces[0].landmarks == pytest.approx(quick.face.landmarks)
    assert litert.acquire(photo, face_index=1).face.landmarks == pytest.approx(
        all_faces.faces[1].landmarks
    )


def test_only_the_chosen_face_has_the_chips_of_all_towers(litert):
    photo = to_jpeg(wall_with([(0, 500, 100, 100), (1, 300, 700, 100)]))

    acquired = litert.acquire(photo)

    others = [face for face in acquired.faces if face.index != acquired.face.index]
    assert len(others) == 1 and others[0].quality.size > 50


# What leaves the photo


def test_the_edge_that_cuts_most_tells_how_much_of_a_face_is_missing():
    box = np.array([-20.0, 10, 80, 110])

    assert quality.share_outside(box, (400, 300)) == pytest.approx(0.2)
    assert quality.share_outside(box, (400, 80)) == pytest.approx(0.3)
    assert quality.share_outside(box + 100, (400, 300)) == 0


def test_a_face_that_the_photo_cuts_through_is_refused(litert):
    box = litert.acquire(make_face(1)).face.box
    middle = round(float(box[0] + box[2]) / 2)

    with pytest.raises(ImageRefused) as caught:
        litert.acquire(to_jpeg(face_image(1).crop((middle, 0, 300, 300))))

    assert caught.value.code in ("face_cut_off", "no_face_found")
    assert caught.value.remedy


def test_a_whole_face_lies_inside_and_says_so(litert):
    assert litert.acquire(make_face(0)).to_dict()["outside"] == 0


# Memory


# Geometry


def test_a_face_within_a_face_goes_and_neighbours_stay():
    boxes = np.array([(0.0, 0, 100, 100), (20, 20, 60, 60), (90, 0, 190, 100)])

    assert suppress_nested(boxes, np.array([0.9, 0.95, 0.8]), 0.7) == [1, 2]


def test_blur_is_no_matter_to_the_choice_of_the_way(search):
    soft = face_image(0).filter(ImageFilter.GaussianBlur(2))

    assert len(search.find(pixels_of(soft)).detections) == 1


def test_a_chin_at_the_edge_is_found_but_shows_no_eye_and_is_not_a_face_to_choose(litert):
    picture = wall(900, 700)
    picture.paste(face_image(0, size=320), (60, 200))
    whole = face_image(1, size=360)
    picture.paste(whole.crop((0, 144, 360, 360)), (480, 0))  # cut off below the eyes

    found = litert.finder.find(to_jpeg(picture)).faces

    assert [face.shows_an_eye for face in sorted(found, key=lambda face: face.box[0])] == [
        True,
        False,
    ]
    assert litert.acquire(to_jpeg(picture)).face.box[0] < 300
