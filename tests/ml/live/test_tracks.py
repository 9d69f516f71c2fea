"""The same face from frame to frame."""

from ml.live.tracks import KEPT, Tracks
from tests.support.looks import seen


def numbers(tracks, faces, at):
    return [track.number for track in tracks.take(faces, at)]


def test_a_face_that_moves_a_little_keeps_its_number():
    tracks = Tracks()

    followed = [numbers(tracks, [seen(x=0.3 + 0.02 * step)], step / 10) for step in range(10)]

    assert followed == [[1]] * 10


def test_two_people_keep_their_numbers_when_the_order_of_their_sizes_changes():
    tracks = Tracks()
    left, right = seen(x=0.25, size=0.8), seen(x=0.75, size=0.7)

    before = numbers(tracks, [left, right], 0.0)
    after = numbers(tracks, [seen(x=0.75, size=0.85), left], 0.1)

    assert (before, after) == ([1, 2], [2, 1])


def test_a_face_that_is_missed_for_a_moment_keeps_its_number_and_later_gets_a_new_one():
    tracks = Tracks()
    numbers(tracks, [seen()], 0.0)

    assert numbers(tracks, [], 0.4) == []
    assert numbers(tracks, [seen()], 0.5) == [1]
    assert numbers(tracks, [seen()], 0.6 + KEPT) == [2]


def test_a_face_elsewhere_is_someone_else():
    tracks = Tracks()

    numbers(tracks, [seen(x=0.2, size=0.8)], 0.0)

    assert numbers(tracks, [seen(x=0.8, size=0.8)], 0.1) == [2]


def test_a_frame_of_another_size_changes_nothing():
    tracks = Tracks()

    numbers(tracks, [seen()], 0.0)

    assert numbers(tracks, [seen(frame=2.0)], 0.1) == [1]
