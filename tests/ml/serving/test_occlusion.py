"""Whether the map of two faces is honest: what it says of a part is what happens without that part."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from ml.faces.alignment import TEMPLATES, similarity_transform
from ml.serving import occlusion
from tests.support.faces import make_face


@pytest.fixture(scope="module")
def verifier(litert):
    return litert


def faces(verifier, first, second):
    return [verifier.acquire(photo).face for photo in (first, second)]


@pytest.fixture(scope="module")
def pair(verifier):
    return faces(verifier, make_face(0), make_face(0, 1))


@pytest.fixture(scope="module")
def maps(verifier, pair):
    return occlusion.explain(verifier, *pair)


def place(drops: np.ndarray, flat) -> tuple[int, int]:
    row, column = np.unravel_index(flat, drops.shape)
    return int(row), int(column)


def painted_over(photo: bytes, face, spec, row: int, column: int) -> bytes:
    """The photo with the part of the face painted over in the photo itself, before anything is
    found or aligned in it."""
    pixels = np.asarray(Image.open(io.BytesIO(photo)).convert("RGB")).copy()
    target = (TEMPLATES[spec.template] - 0.5) * spec.zoom + 0.5
    to_chip = np.vstack([similarity_transform(face.landmarks, target * spec.size), (0, 0, 1)])
    side = spec.size / occlusion.CELLS
    left, top = column * side, row * side
    right, bottom = left + occlusion.COVERED * side, top + occlusion.COVERED * side
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    in_photo = (np.linalg.inv(to_chip) @ np.c_[corners, np.ones(4)].T)[:2].T
    cv2.fillPoly(pixels, [np.rint(in_photo).astype(np.int32)], face.chip.mean(axis=(0, 1)).tolist())
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95)
    return out.getvalue()


def test_covering_the_most_important_part_costs_more_likeness_than_the_least(verifier, pair, maps):
    first, second = pair
    (other,) = verifier.embed([second.chips])

    def without(row, column):
        (embedding,) = verifier.embed([occlusion.covered(first, verifier.chips, row, column)])
        return float(verifier.head.similarities(embedding, other))

    most, least = (place(maps[0].drops, at(maps[0].drops)) for at in (np.argmax, np.argmin))

    assert without(*most) < without(*least)


def test_the_map_tells_what_happens_to_the_photo_itself(verifier, pair, maps):
    """Painted over in the photo, with everything found and aligned anew, the parts that matter most
    cost more than those that matter least."""
    photo, other, drops = make_face(0), make_face(0, 1), maps[0].drops
    order = np.argsort(drops.ravel())

    def similarity(flat):
        painted = painted_over(photo, pair[0], verifier.chips[0], *place(drops, flat))
        return verifier.compare(painted, other).decision.similarity

    most = [similarity(flat) for flat in order[-3:]]
    least = [similarity(flat) for flat in order[:3]]

    assert np.mean(most) < np.mean(least)


def test_a_part_that_is_hidden_already_carries_no_likeness(verifier, pair, maps):
    """The eye that weighed most before it was painted over."""
    row, column = place(maps[0].drops, int(np.argmax(maps[0].drops)))
    painted = painted_over(make_face(0), pair[0], verifier.chips[0], row, column)

    first, second = faces(verifier, painted, make_face(0, 1))
    drops = occlusion.explain(verifier, first, second)[0].drops

    assert drops[row, column] < 0.2 * maps[0].drops[row, column]


def test_the_square_lies_on_the_same_part_of_the_face_in_the_chips_of_all_towers(verifier, pair):
    face = pair[0]
    specs = verifier.chips
    eye = (TEMPLATES[specs[0].template][0] - 0.5) * specs[0].zoom + 0.5
    row, column = (int(value * occlusion.CELLS - 1) for value in (eye[1], eye[0]))

    covered = occlusion.covered(face, specs, row, column)

    for spec, whole, hidden in zip(specs, face.chips, covered, strict=True):
        changed = np.abs(whole.astype(int) - hidden).sum(axis=2).astype(float)
        ys, xs = np.indices(changed.shape)
        centre = np.array([(xs * changed).sum(), (ys * changed).sum()]) / changed.sum() / spec.size
        where = (TEMPLATES[spec.template][0] - 0.5) * spec.zoom + 0.5
        assert np.linalg.norm(centre - where) < 0.11, spec


def test_shares_add_up_and_leave_out_what_speaks_against(verifier, maps):
    shares = maps[0].shares(verifier.chips[0])

    assert set(shares) == set(occlusion.REGIONS)
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0
    assert (
        occlusion.Occlusion(-np.ones((occlusion.PLACES, occlusion.PLACES))).shares(
            verifier.chips[0]
        )
        == {}
    )


def test_a_cell_is_the_mean_of_the_squares_over_it():
    drops = np.zeros((occlusion.PLACES, occlusion.PLACES))
    drops[0, 0], drops[0, 1] = 4.0, 2.0

    cells = occlusion.Occlusion(drops).cells

    assert cells[0, 0] == pytest.approx(4)
    assert cells[0, 1] == pytest.approx(3)
    assert cells[1, 1] == pytest.approx(1.5)
    assert cells[0, 3] == 0
