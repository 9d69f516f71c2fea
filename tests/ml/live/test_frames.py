"""Several frames of one person, taken together."""

import numpy as np
import pytest

from ml.decision.gallery import Candidate
from ml.decision.head import Decision, Head
from ml.live.frames import KEPT, MOST, Frames, Kept, judge, usable, weight
from tests.support.looks import seen

EMBEDDING = np.array([0.6, 0.8])


def frames_at(*times, embedding=EMBEDDING, **how):
    frames = Frames()
    for at in times:
        frames.add(Kept(b"jpeg", seen(**how), embedding, at))
    return frames


def saying(outcome, probability):
    decision = Decision(outcome, probability, probability, 0.9, (0.4, 0.9), 1e-3)
    return lambda mean: [Candidate(0, decision)]


def test_a_frame_counts_when_it_differs_in_time_or_in_pose():
    frames = frames_at(0.0)

    assert not frames.differs(seen(), 0.1)
    assert frames.differs(seen(), 0.25)
    assert frames.differs(seen(8), 0.1)


def test_a_pose_that_was_there_before_adds_nothing():
    frames = frames_at(0.0)
    frames.add(Kept(b"jpeg", seen(8), EMBEDDING, 0.1))

    assert not frames.differs(seen(), 0.2)


def test_embeddings_are_averaged_by_quality():
    frames = Frames()
    frames.add(Kept(b"good", seen(), np.array([1.0, 0.0]), 0.0))
    frames.add(Kept(b"poor", seen(overall=0.25), np.array([0.0, 1.0]), 0.3))

    assert frames.mean == pytest.approx(np.array([4, 1]) / np.sqrt(17))


def test_a_small_face_counts_less_than_a_large_one():
    assert weight(seen(size=0.3)) < weight(seen(size=1.0)) <= weight(seen(size=1.8))


@pytest.mark.parametrize(
    "poor", [seen(40), seen(pitch=35.0), seen(overall=0.05), seen(outside=0.4), seen(size=0.15)]
)
def test_a_poor_frame_does_not_count(poor):
    assert usable(seen())
    assert not usable(poor)


@pytest.mark.parametrize("outcome", ["match", "no_match"])
def test_five_frames_over_a_second_and_a_half_decide(outcome):
    decide = saying(outcome, 0.95 if outcome == "match" else 0.05)

    assert not judge(frames_at(0.0, 0.4, 0.8, 1.2), decide).settled
    assert not judge(frames_at(0.0, 0.3, 0.6, 0.9, 1.2), decide).settled
    assert judge(frames_at(0.0, 0.4, 0.8, 1.2, 1.6), decide).settled


def test_three_frames_make_a_match_where_they_leave_no_doubt():
    frames = frames_at(0.0, 0.3, 0.6)

    assert judge(frames, saying("match", 0.9995)).settled
    assert not judge(frames, saying("no_match", 0.0005)).settled
    assert not judge(frames, saying("match", 0.99)).settled


def test_what_is_open_stays_open_however_many_frames_there_are():
    many = frames_at(*np.arange(0, 10, 0.3))

    assert not judge(many, saying("inconclusive", 0.6)).settled


def test_a_condition_counts_when_most_frames_have_it():
    frames = Frames()
    for at, conditions in ((0.0, ("dark",)), (0.3, ("dark", "blurred")), (0.6, ())):
        look = seen()
        object.__setattr__(look.face, "conditions", conditions)
        frames.add(Kept(b"jpeg", look, EMBEDDING, at))

    assert frames.conditions == ("dark",)


def test_the_best_frames_are_kept_and_no_others():
    frames = Frames()
    for number, overall in enumerate((0.3, 0.9, 0.5, 0.7, 0.4)):
        frames.add(Kept(b"%d" % number, seen(overall=overall), EMBEDDING, number))

    assert [kept.jpeg for kept in frames.best] == [b"1", b"3", b"2"]
    assert len(frames.best) == KEPT


def test_after_a_minute_more_frames_are_not_needed():
    frames = frames_at(*np.arange(MOST) * 0.3)

    assert not frames.differs(seen(), 100.0)


def test_an_average_of_different_frames_needs_as_much_more_as_it_scores_more_than_they_do():
    head = Head(
        {"weights": [-3.0, -3.0], "bias": 2.0, "power": 2}, {"slope": 1, "intercept": 0}, {}
    )
    different, anyone = [np.array([1.0, 0.0]), np.array([0.6, 0.8])], np.array([0.0, 1.0])
    frames = Frames()
    for at, embedding in enumerate(different):
        frames.add(Kept(b"jpeg", seen(), embedding, at))

    score = head.logits(frames.average, anyone) - frames.surplus(head)

    assert score == pytest.approx(np.mean([head.logits(one, anyone) for one in different]))
    assert frames_at(0.0, 0.3).surplus(head) == pytest.approx(0, abs=1e-6)
