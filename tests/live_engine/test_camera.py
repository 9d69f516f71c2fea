"""The engine's door for sessions before a camera."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.support.faces import group, make_face, no_face
from verification import engine
from verification.engine import serving
from verification.engine.live import Known, LiveCamera, LiveSubject, draw_steps

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    found = engine.embed_face(make_face(1, 1))
    return Known("42", "Ada", found.embedding)


def ended(answer):
    """The result of a session that has ended."""
    assert answer.result is not None
    return answer.result


def show(camera, frames, per_second=6.0):
    answers = []
    for number, frame in enumerate(frames):
        at = number / per_second
        answers.append(camera.take(frame, round(at * 1000), 100 + at + 0.05))
        if answers[-1].result:
            break
    return answers


def test_a_verified_person_is_told_by_name_and_decided_on(person):
    camera = LiveCamera(LiveSubject("verify", (person,)), started=100.0)

    answer = show(camera, [make_face(1)] * 20)[-1]

    (face,) = answer.faces
    assert (face.state, face.key, face.name) == ("match", "42", "Ada")
    assert all(0 <= value <= 1 for value in face.box)
    result = answer.result
    assert (result.outcome, result.key, result.challenge) == ("match", "42", "not_done")
    assert result.decision.outcome == "match"
    assert result.decision.probability == face.probability


def test_the_best_frame_is_reported_as_a_photo_is(person):
    camera = LiveCamera(LiveSubject("verify", (person,)), started=100.0)

    best = show(camera, [make_face(1)] * 20)[-1].result.frames[0]

    photo = engine.embed_face(make_face(1))
    assert json.loads(json.dumps(best.face)).keys() == photo.face.keys()
    assert best.face["quality"].keys() == photo.face["quality"].keys()
    assert best.embedding @ photo.embedding == pytest.approx(1, abs=0.05)
    assert best.crop.startswith(b"\xff\xd8")


def test_everyone_in_view_is_named(person):
    other = Known("7", "Bo", engine.embed_face(make_face(2, 1)).embedding)
    camera = LiveCamera(LiveSubject("identify", (other, person)), started=100.0)

    answer = show(camera, [group((1, 0), (3, 0))] * 14)[-1]

    assert sorted((face.state, face.name) for face in answer.faces) == [
        ("match", "Ada"),
        ("unknown", ""),
    ]


def test_a_session_that_is_ended_early_has_its_candidates(person):
    camera = LiveCamera(LiveSubject("identify", (person,)), started=100.0)
    show(camera, [make_face(1)] * 10)

    result = ended(camera.finish(102.0))

    assert [(row.key, row.decision.outcome) for row in result.candidates] == [("42", "match")]


def test_enrolment_needs_nobody_known():
    camera = LiveCamera(LiveSubject("enrol"), started=100.0)

    answer = show(camera, [make_face(1, number) for number in range(6) for _ in range(15)])[-1]

    assert answer.result.outcome == "enrolled"
    assert len(answer.result.anchors) == 5
    assert answer.result.decision is None


def test_before_the_first_frame_time_can_run_out(person):
    camera = LiveCamera(LiveSubject("verify", (person,), seconds=20.0), started=100.0)

    assert camera.tick(119.0).result is None
    assert ended(camera.tick(121.0)).outcome == "inconclusive"


def test_a_bad_picture_is_guidance_and_no_error(person):
    camera = LiveCamera(LiveSubject("verify", (person,)), started=100.0)

    assert show(camera, [b"nothing"] * 5)[-1].guidance == ("unreadable",)
    assert camera.take(no_face(), 2000, 102.1).result is None


def test_an_unfinished_challenge_is_no_match(person):
    subject = LiveSubject("verify", (person,), steps=draw_steps(), seconds=4.0)
    camera = LiveCamera(subject, started=100.0)

    result = show(camera, [make_face(1)] * 40)[-1].result

    assert (result.outcome, result.decision.outcome) == ("inconclusive", "inconclusive")
    assert result.challenge != "passed"
    assert result.key == ""


def test_a_challenge_that_is_not_answered_keeps_what_it_was_decided_on(person):
    subject = LiveSubject("verify", (person,), steps=("turn_left", "turn_right"))
    camera = LiveCamera(subject, started=100.0)

    result = show(camera, [make_face(1)] * 60)[-1].result

    assert (result.challenge, result.reasons) == ("failed", ("too_late",))
    (evidence,) = result.evidence
    assert evidence.step == "turn_left"
    assert evidence.done_ms - evidence.asked_ms >= 4000
    assert set(evidence.measured) == {"yaw", "depth", "frames", "reached"}


def test_sessions_on_several_threads_do_not_share_networks(person):
    def run(_):
        camera = LiveCamera(LiveSubject("verify", (person,)), started=100.0)
        return show(camera, [make_face(1)] * 12)[-1].faces[0].state, id(
            serving.verifier_of_this_thread()
        )

    serving.verifier()  # reads the record, which the threads' connections would not see
    ready = threading.Barrier(2)
    with ThreadPoolExecutor(2, initializer=ready.wait) as pool:
        states, networks = zip(*pool.map(run, range(2)), strict=True)

    assert states == ("match", "match")
    assert len(set(networks)) == 2


def test_a_thread_follows_when_another_model_is_served(person):
    before = serving.verifier_of_this_thread()

    serving.forget()

    assert serving.verifier_of_this_thread() is not before


def test_embeddings_of_frames_are_those_of_photos(person):
    camera = LiveCamera(LiveSubject("verify", (person,)), started=100.0)

    frames = show(camera, [make_face(1)] * 20)[-1].result.frames

    assert np.linalg.norm([frame.embedding for frame in frames], axis=1) == pytest.approx(
        1, abs=1e-3
    )
