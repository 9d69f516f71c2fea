"""The quality of a face in words."""

from typing import NamedTuple

from .. import engine

FACING, TURNED = 15, 30  # degrees up to which a face is said to face the camera, and is fine


class Measurement(NamedTuple):
    """What was measured on a face, in words, and whether it is fine."""

    name: str
    words: str
    is_fine: bool


def quality_words(quality: dict[str, float]) -> tuple[Measurement, ...]:
    """The measurements of a face, judged by the bounds from which the engine does not mind them."""
    if not quality:
        return ()
    large = quality["size"] >= engine.FINE_SIZE
    sharp = quality["sharpness"] >= engine.FINE_SHARPNESS
    light, (dark, bright) = quality["brightness"], engine.FINE_BRIGHTNESS
    turn = max(abs(quality["yaw"]), abs(quality["pitch"]))
    return (
        Measurement(
            "Size", f"{'large enough' if large else 'small'} ({quality['size']:.0f} px)", large
        ),
        Measurement("Sharpness", "sharp" if sharp else "soft", sharp),
        Measurement(
            "Light",
            "dark" if light < dark else "very bright" if light > bright else "good",
            dark <= light <= bright,
        ),
        Measurement(
            "Pose",
            "facing the camera" if turn < FACING else f"turned by about {turn:.0f}°",
            turn < TURNED,
        ),
    )
