"""Sessions before a made camera, with the model that is served."""

import numpy as np
import pytest

from ml.evaluation.live import films, play, props, species
from ml.live.judge import Known, Subject
from ml.live.session import Session
from tests.ml.live.conftest import PER_SECOND
from tests.support.faces import group, make_face, no_face

RATE = 1e-3


def session(task, *known, steps=(), seconds=20.0, rate=RATE):
    return Session(task, Subject(known, rate), tuple(steps), seconds, 0.0)


def show(session, verifier, frames, start=0.0):
    """All answers to a film; it stops when the session has ended."""
    answers = []
    for number, frame in enumerate(frames):
        at = start + number / PER_SECOND
        answers.append(session.take(verifier, frame, at, at + 0.05))
        if answers[-1].result:
            break
    return answers


def test_the_person_expected_matches_within_two_seconds(litert, film, template):
    answers = show(session("verify", Known(template(1))), litert, film(1, 3))

    result = answers[-1].result
    assert (result.outcome, result.challenge, result.reasons) == ("match", "not_done", ())
    assert result.seconds < 2
    assert [face.state for face in answers[-1].faces] == ["match"]


def test_someone_else_does_not_match(litert, film, template):
    answers = show(session("verify", Known(template(1))), litert, film(2, 3))

    assert answers[-1].result.outcome == "no_match"
    assert [face.state for face in answers[-1].faces] == ["no_match"]


def test_a_single_photo_may_stand_for_a_person(litert, film, template):
    answers = show(session("verify", Known(template(1), photo=True)), litert, film(1, 3))

    assert answers[-1].result.outcome == "match"


def test_the_result_keeps_the_best_frames_with_their_embeddings(litert, film, template):
    result = show(session("verify", Known(template(1))), litert, film(1, 3))[-1].result

    best = result.frames[0]
    assert best.jpeg in film(1, 3)
    assert np.linalg.norm(best.embedding) == pytest.approx(1, abs=1e-3)
    assert result.frames_used <= result.frames_seen


def test_before_anything_is_known_a_face_is_looked_at(litert, film, template):
    (first, *_) = show(session("verify", Known(template(1))), litert, film(1, 3)[:2])

    assert [face.state for face in first.faces] == ["looking"]
    assert first.result is None
    assert first.progress < 1


def test_nobody_in_view_ends_in_no_verdict_when_time_is_up(litert, template):
    waiting = session("verify", Known(template(1)), seconds=1.5)

    answers = show(waiting, litert, [no_face()] * 20)

    assert answers[-1].result.outcome == "inconclusive"
    assert answers[-1].guidance == ("no_face",)
    assert answers[-1].result.frames == []


def test_time_runs_out_without_a_frame_as_well(template):
    waiting = session("verify", Known(template(1)), seconds=1.5)

    assert waiting.tick(1.4).result is None
    assert waiting.tick(1.6).result.outcome == "inconclusive"


def test_after_the_end_nothing_changes(litert, film, template):
    ended = session("verify", Known(template(1)), seconds=1.0)
    result = ended.tick(2.0).result

    assert ended.take(litert, film(1, 3)[0], 2.1, 2.1).result is result


def test_two_people_side_by_side_get_no_verdict_about_one(litert, template):
    answers = show(session("verify", Known(template(1))), litert, [group((1, 0), (2, 0))] * 12)

    assert answers[-1].guidance == ("one_person_only",)
    assert answers[-1].result is None


def test_when_someone_else_takes_the_place_the_evidence_starts_anew(litert, film, template):
    mixed = session("verify", Known(template(1)))

    show(mixed, litert, film(2, 3)[:2])
    answers = show(mixed, litert, film(1, 3), start=0.34)

    assert answers[-1].result.outcome == "match"


@pytest.mark.parametrize("frame", [b"", b"GIF89a", b"\xff\xd8\xff", no_face()[:500]])
def test_what_is_no_picture_is_told(litert, frame, template):
    answers = show(session("verify", Known(template(1))), litert, [frame] * 5)

    assert answers[-1].guidance == ("unreadable",)


def test_everyone_in_view_is_named_and_a_stranger_is_not(litert, template):
    known = [Known(template(identity), 2) for identity in (3, 1, 4)]

    answers = show(session("identify", *known), litert, [group((1, 0), (2, 0))] * 14)

    left, right = sorted(answers[-1].faces, key=lambda face: face.seen.box[0])
    assert (left.state, left.best.row) == ("match", 1)
    assert (right.state, right.best) == ("unknown", None)


def test_a_name_stays_with_the_face_from_frame_to_frame(litert, template):
    known = [Known(template(identity), 2) for identity in (3, 1, 4)]

    answers = show(session("identify", *known), litert, [group((1, 0), (2, 0))] * 20)

    named = [
        {face.track: face.state for face in answer.faces if face.state != "looking"}
        for answer in answers
    ]
    first = next(number for number, row in enumerate(named) if len(row) == 2)
    assert len({tuple(sorted(row.items())) for row in named[first:]}) == 1


def test_with_nobody_known_everyone_is_unknown(litert):
    answers = show(session("identify"), litert, [make_face(1)] * 14)

    assert [face.state for face in answers[-1].faces] == ["unknown"]


def test_identifying_ends_some_seconds_after_everyone_is_named(litert, template):
    answers = show(session("identify", Known(template(1), 2)), litert, [make_face(1)] * 60)

    result = answers[-1].result
    assert result.outcome == "match"
    assert [row.row for _, row in result.candidates] == [0]
    assert result.seconds < 9


def test_identifying_can_be_ended_at_any_time(litert, template):
    running = session("identify", Known(template(1), 2))
    show(running, litert, [make_face(1)] * 14)

    assert running.finish(3.0).result.outcome == "match"


def test_enrolment_gives_five_frames_of_one_person(litert, film):
    steps = (("turn_left", 0.5), ("turn_right", 2.5), ("come_closer", 4.5))

    answers = show(session("enrol"), litert, film(1, 12, steps=steps))

    result = answers[-1].result
    assert result.outcome == "enrolled"
    assert len({kept.at for kept in result.anchors}) == 5
    likeness = [kept.embedding @ result.anchors[0].embedding for kept in result.anchors]
    assert min(likeness) > 0.6
    assert result.seconds < 13


def test_enrolment_asks_for_each_photo_in_turn(litert, film):
    answers = show(session("enrol"), litert, film(1, 3))

    asked = [answer.step[:3] for answer in answers if answer.step]
    assert asked[0] == (2, 5, "turn_left")


STEPS = ("turn_left", "come_closer", "turn_right")


def performed(litert, template, kind, *, who=1, other=2):
    cast = species.Cast(
        props.portrait(litert.finder, make_face(who)),
        props.portrait(litert.finder, make_face(other)),
    )
    scene = species.ALL[kind](cast, np.random.default_rng(5))
    asked = session("verify", Known(template(who)), steps=STEPS)
    return play.perform(asked, litert, scene, per_second=10)


def test_a_person_who_does_the_steps_passes_and_matches(litert, template):
    result = performed(litert, template, "live")

    assert (result.challenge, result.reasons, result.outcome) == ("passed", (), "match")
    assert [done.ask for done in result.steps] == list(STEPS)
    assert all(done.jpeg.startswith(b"\xff\xd8") for done in result.steps)


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        ("still", {"too_late"}),
        ("print_flat", {"too_late", "flat"}),
        ("leaves", {"lost_face"}),
        ("swap", {"another_face", "jumped"}),
        ("second_person", {"second_face", "jumped", "another_face"}),
    ],
)
def test_an_attack_is_refused_although_the_face_would_match(litert, template, kind, reasons):
    result = performed(litert, template, kind)

    assert result.challenge == "failed"
    assert set(result.reasons) <= reasons
    assert result.outcome != "match"


def test_frames_whose_times_do_not_rise_fail_a_challenge(litert, film, template):
    replayed = session("verify", Known(template(1)), steps=STEPS)
    show(replayed, litert, film(1, 3)[:10])

    answer = replayed.take(litert, film(1, 3)[10], 0.2, 1.8)

    assert answer.result.reasons == ("bad_times",)
    assert answer.result.outcome == "inconclusive"


def test_frames_from_the_future_fail_a_challenge(litert, film, template):
    replayed = session("verify", Known(template(1)), steps=STEPS)
    show(replayed, litert, film(1, 3)[:10])

    answer = replayed.take(litert, film(1, 3)[10], 9.0, 1.8)

    assert answer.result.reasons == ("bad_times",)


def test_a_film_for_a_fake_camera_is_one_jpeg_after_the_other(film, tmp_path):
    frames = film(1, 3)[:3]

    films.write_mjpeg(tmp_path / "film.mjpeg", frames, repeat=2)

    data = (tmp_path / "film.mjpeg").read_bytes()
    assert data == b"".join(frame * 2 for frame in frames)
    assert films.pixels(frames[0]).shape == (360, 480, 3)


def test_however_many_people_come_by_only_some_are_remembered(litert, template):
    crowd = session("identify", Known(template(1), 2), seconds=1000.0)

    for number in range(30):
        at = number * 2.0  # after a while each face is a new one
        crowd.take(litert, make_face(1 + number % 3), at, at)

    assert len(crowd._people) <= 20
