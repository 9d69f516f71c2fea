"""Faces as the engine reports them, for rows of tests that do not run a comparison."""

QUALITY = {
    "size": 160.0,
    "sharpness": 0.06,
    "brightness": 0.5,
    "contrast": 0.2,
    "yaw": 4.0,
    "pitch": -3.0,
    "roll": 0.0,
    "overall": 1.0,
}


def face(index: int = 0, left: float = 10.0, **quality) -> dict:
    return {
        "index": index,
        "bounding_box": {"left": left, "top": 8.0, "width": 16.5, "height": 20.0},
        "landmarks": {
            "left_eye": [left + 4, 14.0],
            "right_eye": [left + 12, 14.0],
            "nose": [left + 8, 19.0],
            "mouth_left": [left + 5, 23.0],
            "mouth_right": [left + 11, 23.0],
        },
        "detection_score": 0.999,
        "quality": QUALITY | quality,
    }


def compared(*others: dict, turned: int = 0, **quality) -> dict:
    """One photo's entry in a verdict."""
    return face(**quality) | {
        "count": 1 + len(others),
        "turned": turned,
        "image": {"width": 64, "height": 48},
        "others": list(others),
    }
