"""The challenge: steps that somebody does, and ways of cheating."""

from itertools import pairwise

import numpy as np
import pytest

from ml.decision.head import Decision
from ml.live import steps
from ml.live.challenge import ALL_SECONDS, STEP_SECONDS, Challenge
from tests.support.looks import seen

RATE = 12.0  # frames a second
ME, OTHER = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def same(one, other):
    outcome = "match" if one @ other > 0.9 else "no_match"
    return Decision(outcome, 0.5, 0.5, 0.5, (0.5, 0.5), 1e-4)


def there_and_back(peak, frames=14):
    return [peak * np.sin(np.pi * n / (frames - 1)) for n in range(frames)]


def turn(peak, **how):
    """Someone waits a moment, turns their head and looks ahead again."""
    return [seen(**how)] * 6 + [seen(yaw, **how) for yaw in there_and_back(peak)]


def move(start, end):
    """Someone waits a moment and comes closer or moves back."""
    return [seen(size=start)] * 6 + [seen(size=size) for size in np.geomspace(start, end, 12)]


class Camera:
    """Shows frames to a challenge, one after the other."""

    def __init__(self, *asked):
        self.challenge = Challenge(asked, same)
        self.at = 0.0

    def show(self, frames, who=ME, beside=(), rate=RATE):
        for face in frames:
            self.at += 1 / rate
            if self.challenge.running or self.challenge.over:
                faces = [face, *beside] if face else []
                self.challenge.take(faces, b"frame", self.at, self.at, who)
            else:
                self.challenge.wait(face, self.at, self.at, who)
        return self

    @property
    def verdict(self):
        return self.challenge.state, self.challenge.reason


def begun(*asked, **how):
    return Camera(*asked).show([seen(**how)] * 8)


BOTH = ("turn_left", "turn_right")


def test_someone_who_does_what_is_asked_passes():
    camera = begun("turn_left", "come_closer", "turn_right")

    camera.show(turn(28)).show(move(1.5, 2.2)).show(turn(-28, size=2.2))

    assert camera.verdict == ("passed", "")
    assert [done.ask for done in camera.challenge.done] == [
        "turn_left",
        "come_closer",
        "turn_right",
    ]
    assert camera.challenge.done[0].measured["depth"] > 0.11
    assert camera.challenge.done[0].jpeg == b"frame"


def test_the_first_step_is_asked_only_once_the_face_is_still_and_from_the_front():
    restless = Camera(*BOTH).show([seen(yaw) for yaw in (0, 9, 0, -9) * 5])
    aside = Camera(*BOTH).show([seen(35)] * 20)

    assert not restless.challenge.running
    assert not aside.challenge.running
    assert begun(*BOTH).challenge.running


def test_a_person_whose_face_seems_turned_when_it_is_not_is_measured_from_there():
    camera = begun(*BOTH, yaw=12)

    camera.show([seen(12 + yaw) for yaw in [0] * 6 + there_and_back(28)])
    camera.show([seen(12 + yaw) for yaw in [0] * 6 + there_and_back(-28)])

    assert camera.verdict == ("passed", "")


def test_the_next_step_is_not_told_before_the_last_is_done():
    camera = begun(*BOTH)

    camera.show(turn(28)[:14])

    assert camera.challenge.movement.ask == "turn_left"


@pytest.mark.parametrize(
    ("asked", "frames"),
    [
        ("turn_left", turn(-28)),
        ("come_closer", move(1.5, 0.9)),
        ("move_back", move(1.0, 1.6)),
        ("come_closer", turn(32)),
    ],
)
def test_another_movement_than_the_one_asked_for_fails(asked, frames):
    start = frames[0].length / seen(size=1.0).length
    camera = begun(asked, *BOTH, size=start)

    assert camera.show(frames).verdict == ("failed", "wrong_way")


def test_a_flat_photo_has_no_depth_even_where_the_detector_takes_it_for_a_head_that_turns():
    camera = begun(*BOTH, relief=0.0)

    for peak in (28, -28):
        turned = [seen(1.5 * yaw, relief=0.0, measured=yaw) for yaw in there_and_back(peak)]
        camera.show([seen(relief=0.0)] * 6).show(turned)

    assert camera.verdict == ("failed", "flat")


def test_a_still_photo_is_too_late():
    camera = begun(*BOTH).show([seen()] * round(RATE * STEP_SECONDS + 2))

    assert camera.verdict == ("failed", "too_late")
    assert camera.challenge.done[0].jpeg == b"frame"


def test_time_for_all_steps_together_runs_out():
    camera = begun(*BOTH * 3)

    for peak in (28, -28) * 3:
        camera.show([seen()] * 40).show(turn(peak))

    assert camera.verdict == ("failed", "too_late")
    assert camera.challenge.done[-1].done - camera.challenge.done[0].asked == pytest.approx(
        ALL_SECONDS, abs=0.2
    )


def test_nobody_answers_before_they_can_have_read_what_is_asked():
    camera = begun(*BOTH)

    camera.show([seen(yaw) for yaw in (12, 24)], rate=10)

    assert camera.verdict == ("failed", "too_early")


def test_a_face_that_jumps_from_one_pose_to_another_fails():
    assert begun(*BOTH).show([seen()] * 8 + [seen(55)]).verdict == ("failed", "jumped")


def test_another_face_fails():
    camera = begun(*BOTH)

    assert camera.show(turn(28), who=OTHER).verdict == ("failed", "another_face")


def test_a_second_face_beside_fails():
    camera = begun(*BOTH)

    camera.show(turn(28), beside=[seen(x=0.85, size=1.2)])

    assert camera.verdict == ("failed", "second_face")


def test_a_face_that_leaves_for_a_moment_fails():
    assert begun(*BOTH).show([None] * 8).verdict == ("failed", "lost_face")


def test_a_face_may_be_lost_for_a_blink_of_the_detector():
    camera = begun(*BOTH)

    camera.show(turn(28)[:10]).show([None] * 3).show(turn(28)[13:]).show(turn(-28))

    assert camera.verdict == ("passed", "")


def test_a_challenge_that_has_not_begun_cannot_fail():
    challenge = Challenge(BOTH, same)

    challenge.fail("bad_times", 1.0)

    assert (challenge.state, challenge.over) == ("not_done", False)


def test_steps_are_drawn_at_random_with_both_turns_and_none_twice_in_a_row():
    drawn = [steps.draw(3) for _ in range(300)]

    assert len(set(drawn)) == 14
    assert all(set(BOTH) <= set(row) for row in drawn)
    assert all(one != other for row in drawn for one, other in pairwise(row))


def test_nobody_is_asked_to_come_ever_closer():
    for drawn in (steps.draw(6) for _ in range(100)):
        moves = [step for step in drawn if step in steps.MOVES]
        assert all(one != other for one, other in pairwise(moves))


def test_a_challenge_without_both_turns_is_not_drawn():
    with pytest.raises(ValueError, match="at least 2 steps"):
        steps.draw(1)
