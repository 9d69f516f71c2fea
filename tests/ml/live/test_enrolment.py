"""Five good and different photos from one take."""

import numpy as np

from ml.live.enrolment import ASKS, Take
from ml.live.frames import Kept
from tests.support.looks import seen


def film(take, frames, start=0.0, rate=10.0):
    """Shows frames to a take; the time at which each anchor was taken."""
    taken = []
    for number, face in enumerate(frames):
        at = start + number / rate
        if take.wants(face, at, jpeg := b"frame %d" % number):
            take.add(Kept(jpeg, face, np.array([1.0, 0.0]), at))
            taken.append(at)
    return taken


def test_who_follows_what_is_asked_is_done_in_a_few_seconds():
    take = Take([])
    front, left, right = seen(), seen(15), seen(-15)
    near, far = seen(size=1.8), seen(size=1.2)

    film(take, [front] * 6 + [left] * 6 + [right] * 6 + [near] * 6 + [far] * 6)

    assert take.done
    yaws = [round(kept.seen.face.quality.yaw) for kept in take.anchors]
    assert yaws[1] > 9 and yaws[2] < -9
    assert take.anchors[3].seen.length > take.anchors[4].seen.length


def test_who_only_looks_ahead_is_done_in_some_ten_seconds():
    take = Take([])

    taken = film(take, [seen()] * 150)

    assert take.done
    assert 8 <= taken[-1] - taken[0] <= 12


def test_the_same_picture_is_taken_once():
    take = Take([])
    take.add(Kept(b"frame", seen(), np.array([1.0, 0.0]), 0.0))

    assert not take.wants(seen(15), 3.0, b"frame")
    assert take.wants(seen(15), 3.0, b"another")


def test_the_first_photo_is_from_the_front():
    take = Take([])

    assert film(take, [seen(35)] * 20) == []
    assert take.ask == ASKS[0]


def test_a_poor_frame_is_never_taken():
    take = Take([])

    for faults in ({"brightness": 0.1}, {"sharpness": 0.001}, {"outside": 0.15}, {"size": 0.3}):
        assert film(take, [seen(**faults)] * 40) == []


def test_no_photo_is_taken_right_after_another():
    take = Take([])

    taken = film(take, [seen(), seen(15), seen(-15), seen(size=1.8), seen(size=1.2)])

    assert taken == [0.0]
