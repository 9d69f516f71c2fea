"""`faceverify live`: who is before a camera?"""

from pathlib import Path

import click
from rich.status import Status
from rich.text import Text

from .. import output
from ..camera import frames
from ..context import (
    EXIT_CODES,
    INCONCLUSIVE,
    PHOTO,
    REFUSED,
    SERVER,
    STRICTNESS,
    Session,
    person_named,
    rate,
    status_of,
    with_json,
)
from ..results import Json
from ..synchronous.live import LiveSession

WORDS = {
    "no_face": "No face to be seen: look at the camera",
    "come_closer": "Come closer",
    "move_back": "Move back",
    "too_dark": "Too dark: turn on a light",
    "too_bright": "Too bright: turn away from the light",
    "blurred": "Blurred: hold still",
    "look_at_the_camera": "Look straight at the camera",
    "one_person_only": "One person only, please",
    "face_cut_off": "Keep the whole face in the picture",
    "unreadable": "The picture cannot be read",
    "hold_still": "Hold still",
    "turn_left": "Turn your head to your left, then back",
    "turn_right": "Turn your head to your right, then back",
}
CHALLENGE = {
    "passed": "Challenge passed.",
    "failed": "Challenge not passed: {reasons}.",
    "not_done": "Challenge not done.",
}


@click.command(epilog=EXIT_CODES)
@click.argument("video", type=PHOTO, required=False)
@click.option("--camera", type=click.IntRange(min=0), default=0, help="Which camera, from 0.")
@click.option("--person", help="Of your gallery, by id or name. Without: everyone is looked for.")
@click.option("--photo", type=PHOTO, help="Look for the person on this photo instead.")
@click.option("--challenge", is_flag=True, help="Ask for steps that a held-up photo cannot do.")
@STRICTNESS
@with_json
def live(
    session: Session,
    video: Path | None,
    camera: int,
    person: str | None,
    photo: Path | None,
    challenge: bool,
    strictness: str,
) -> int:
    """Who is before the camera, or on the file VIDEO? Needs OpenCV, the extra `camera`."""
    if person and photo:
        raise click.UsageError("Give a person or a photo, not both.")
    with session.client() as client:
        options = {"challenge": challenge, "false_match_rate": rate(strictness)}
        known = person_named(client, person).id if person else None
        pictures = frames(camera if video is None else video)
        first = next(pictures, None)  # opens it before the server waits
        if first is None:
            raise click.UsageError(f"{video} has no picture.")
        with client.live(person=known, photo=photo, **options) as made:
            ended = _send(made, first, pictures)
        told = made.result()
        if session.json:
            output.write_json(told)
        verdict = client.verification(told["verification"]) if told["verification"] else None
        if verdict is None:
            if not session.json:
                output.err.print(Text(_why_none(told, ended), "yellow"))
            return SERVER if told["state"] == "failed" else REFUSED if ended else INCONCLUSIVE
        if not session.json:
            output.show_verdict(verdict)
            output.show_candidates(verdict)
            if told["challenge"]:
                why = ", ".join(told["reasons"])
                output.out.print(CHALLENGE[told["challenge"]].format(reasons=why))
        return status_of(verdict)


def _send(made: LiveSession, first: tuple[int, bytes], pictures) -> bool:
    """Frame after frame; True once the server ends it, False when the video is over before."""
    with output.err.status("Looking") as shown:
        milliseconds, jpeg = first
        while True:
            answer = made.send(jpeg, milliseconds)
            if answer.get("end"):
                return True
            _show(shown, answer)
            following = next(pictures, None)
            if following is None:
                return False
            milliseconds, jpeg = following


def _show(shown: Status, answer: Json) -> None:
    step = answer.get("step")
    if step:
        ask = WORDS.get(step["ask"], step["ask"])
        shown.update(f"Step {step['number']} of {step['of']}: {ask}")
    elif codes := answer.get("guidance"):
        shown.update(WORDS.get(codes[0], codes[0]))
    else:
        shown.update("Looking")


def _why_none(told: Json, ended: bool) -> str:
    if not ended:
        return "The video was over before there was a verdict."
    refusal = told.get("refusal") or {}
    words = f"{refusal.get('detail', '')} {refusal.get('remedy', '')}".strip()
    return words or "The session ended without a verdict."
