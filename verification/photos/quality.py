"""The quality of a face in words."""


def quality_words(quality: dict) -> tuple[tuple[str, str, bool], ...]:
    """(what, in words, whether it is fine) for each measurement of a face.

    The bounds are those from which `ml.faces.quality` counts a measurement as not mattering.
    """
    if not quality:
        return ()
    size, sharp = quality["size"], quality["sharpness"]
    light = quality["brightness"]
    turn = max(abs(quality["yaw"]), abs(quality["pitch"]))
    return (
        ("Size", f"{'large enough' if size >= 80 else 'small'} ({size:.0f} px)", size >= 80),
        ("Sharpness", "sharp" if sharp >= 0.008 else "soft", sharp >= 0.008),
        (
            "Light",
            "dark" if light < 0.3 else "very bright" if light > 0.75 else "good",
            0.3 <= light <= 0.75,
        ),
        (
            "Pose",
            "facing the camera" if turn < 15 else f"turned by about {turn:.0f}°",
            turn < 30,
        ),
    )
