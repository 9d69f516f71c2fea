"""What a person before the camera is told."""

import pytest

from ml.live.guidance import Guidance, causes, second_face
from tests.support.looks import seen


@pytest.mark.parametrize(
    ("face", "code"),
    [
        (seen(size=0.4), "come_closer"),
        (seen(size=2.4), "move_back"),
        (seen(brightness=0.1), "too_dark"),
        (seen(brightness=0.93), "too_bright"),
        (seen(sharpness=0.001), "blurred"),
        (seen(35), "look_at_the_camera"),
        (seen(pitch=-40.0), "look_at_the_camera"),
        (seen(outside=0.15), "face_cut_off"),
    ],
)
def test_each_fault_has_its_hint(face, code):
    assert causes(face) == {code}


def test_a_good_face_needs_no_hint():
    assert causes(seen()) == set()


def test_a_face_that_moves_too_fast_is_asked_to_hold_still():
    assert causes(seen(), speed=3.0) == {"hold_still"}


def test_somebody_far_behind_is_no_second_face_and_somebody_beside_is():
    assert not second_face([seen(), seen(size=0.3)])
    assert second_face([seen(), seen(size=1.2)])


def test_a_hint_appears_only_when_its_cause_lasts():
    hints = Guidance()

    assert hints.take({"too_dark"}, 0.0) == ()
    assert hints.take({"too_dark"}, 0.2) == ()
    assert hints.take({"too_dark"}, 0.4) == ("too_dark",)


def test_a_hint_does_not_flicker_when_its_cause_comes_and_goes():
    hints = Guidance()
    hints.take({"too_dark"}, 0.0)
    hints.take({"too_dark"}, 0.4)

    shown = [hints.take({"too_dark"} if n % 3 == 0 else set(), 0.5 + n / 10) for n in range(12)]

    assert shown == [("too_dark",)] * 12


def test_a_hint_goes_when_its_cause_has_been_away():
    hints = Guidance()
    hints.take({"too_dark"}, 0.0)
    hints.take({"too_dark"}, 0.4)

    assert hints.take(set(), 1.0) == ()


def test_while_a_hint_is_shown_its_bound_is_stricter():
    nearly = seen(brightness=0.21)

    assert causes(nearly) == set()
    assert causes(nearly, ["too_dark"]) == {"too_dark"}


def test_the_two_most_important_hints_are_shown():
    hints, found = Guidance(), {"hold_still", "blurred", "come_closer"}
    hints.take(found, 0.0)

    assert hints.take(found, 0.4) == ("come_closer", "blurred")
