"""Why no face of a photo can be used; of one that was found, as (code, detail, remedy)."""

from ml.sentences import sentence

TOO_SMALL = sentence("The face is only %(width)s pixels wide; at least %(least)s are needed.")
USE_LARGER = sentence("Use a larger photo, or one taken from nearer.")

Reason = tuple[str, str, str]

NO_FACE = sentence("No face was found in the photo.")
SHOW_ONE_FACE = sentence(
    "Use a photo that shows one face from the front, in good light and not too small."
)
NO_SUCH_FACE = sentence(
    "There is no face number %(index)s; the photo has %(number)s, counted from 0."
)
CHOOSE_LISTED = sentence("Choose one of the faces listed.")
SEVERAL_FACES = sentence(
    "The photo shows %(number)s faces, and the largest is not clearly larger than the next. Faces on "
    "posters, screens and clothes count, too."
)
CHOOSE_OR_CUT = sentence("Choose one of the faces, or cut the photo to the person meant.")


def too_small(width: float, least: float) -> Reason:
    """Args: width: of the face, and the least that is needed, in pixels."""
    detail = TOO_SMALL
    return (
        "face_too_small",
        detail % {"width": f"{width:.0f}", "least": f"{least:.0f}"},
        USE_LARGER,
    )


TOO_DARK: Reason = (
    "too_dark",
    sentence("The face is too dark."),
    sentence("Use a photo taken in more light."),
)
TOO_BRIGHT: Reason = (
    "too_bright",
    sentence("The face is overexposed."),
    sentence("Use a photo with less light on the face."),
)
TOO_BLURRED: Reason = (
    "too_blurred",
    sentence("The face is too blurred."),
    sentence("Use a sharp photo: hold the camera still and let it focus on the face."),
)
TURNED_AWAY: Reason = (
    "pose_too_extreme",
    sentence("The face is turned too far away from the camera."),
    sentence("Use a photo in which both eyes can be seen."),
)
CUT_OFF: Reason = (
    "face_cut_off",
    sentence("Too much of the face lies outside the photo."),
    sentence("Use a photo that shows the whole face, with some space around it."),
)
