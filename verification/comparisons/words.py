"""What verdicts are called: in lists, as headlines, and what they mean."""

from .. import engine
from .models import Verification

State = Verification.State
Outcome = Verification.Outcome
Kind = Verification.Kind

# State or outcome: (what it is called in a list, the headline on its page).
WORDS = {
    State.PENDING: ("Waiting", "Waiting to be compared"),
    State.RUNNING: ("Comparing", "Comparing the photos"),
    State.REFUSED: ("Photo refused", "A photo cannot be used"),
    State.FAILED: ("Failed", "The comparison failed"),
    Outcome.MATCH: (engine.OUTCOMES["match"], "Probably the same person"),
    Outcome.NO_MATCH: (engine.OUTCOMES["no_match"], "Probably different people"),
    Outcome.INCONCLUSIVE: (engine.OUTCOMES["inconclusive"], "These photos do not settle it"),
}
MEANING = {
    Outcome.MATCH: "The faces are more alike than the threshold asks for. Close relatives and "
    "lookalikes can land here too.",
    Outcome.NO_MATCH: "The faces are so little alike that one person is improbable. Photos of one "
    "person can land here too when years, pose, light or a covered face lie between them.",
    Outcome.INCONCLUSIVE: "The faces are less alike than the threshold asks for, and too much alike "
    "to rule out one person. Clearer photos, taken from the front, may settle it.",
}
OF_EARLIER_RULE = (
    "The rule of that time called everything that lay well below the threshold different people. "
    "Today such a verdict is left open: compare the photos again to get one."
)

SUBJECTS = {
    Kind.IDENTIFY: "{name} in the gallery",
    Kind.PHOTOS: "{name} and many photos",
    Kind.GROUP: "Faces of {name} in the gallery",
}
GALLERY_LABELS = {
    (Kind.IDENTIFY, Outcome.MATCH): "Found in the gallery",
    (Kind.IDENTIFY, Outcome.NO_MATCH): "No one in the gallery",
    (Kind.PERSON, Outcome.NO_MATCH): "Somebody else",
    (Kind.PHOTOS, Outcome.MATCH): "Found in the photos",
    (Kind.PHOTOS, Outcome.NO_MATCH): "In none of the photos",
    (Kind.GROUP, Outcome.MATCH): "Faces named",
    (Kind.GROUP, Outcome.NO_MATCH): "No one in the gallery",
}
GALLERY_HEADLINES = {
    (Kind.PERSON, Outcome.MATCH): "Probably {name}",
    (Kind.PERSON, Outcome.NO_MATCH): "Probably not {name}",
    (Kind.PERSON, Outcome.INCONCLUSIVE): "Perhaps {name}; the photos do not settle it",
    (Kind.IDENTIFY, Outcome.MATCH): "Probably {name}",
    (Kind.IDENTIFY, Outcome.NO_MATCH): "No one in your gallery",
    (Kind.IDENTIFY, Outcome.INCONCLUSIVE): "Perhaps {name}; the photos do not settle it",
    (Kind.PHOTOS, Outcome.MATCH): "Probably the same person in some of the photos",
    (Kind.PHOTOS, Outcome.NO_MATCH): "Probably in none of the photos",
    (Kind.PHOTOS, Outcome.INCONCLUSIVE): "Perhaps in some; the photos do not settle it",
    (Kind.GROUP, Outcome.MATCH): "People of your gallery are in the photo",
    (Kind.GROUP, Outcome.NO_MATCH): "No one in your gallery",
    (Kind.GROUP, Outcome.INCONCLUSIVE): "Perhaps people of your gallery; nothing is certain",
}
# Open, and more probably not.
DOUBTS = {
    Kind.PERSON: "Cannot tell whether it is {name}",
    Kind.IDENTIFY: "Cannot tell whether it is {name}",
    Kind.PHOTOS: "Cannot rule out some of the photos",
    Kind.GROUP: "Cannot rule out people of your gallery",
}
NAMING = (Kind.PERSON, Kind.IDENTIFY)
SETTINGS = {
    Kind.PAIR: "pairs of different people would be called a match.",
    Kind.PERSON: "photos of somebody else would be called a match.",
    Kind.IDENTIFY: "photos of strangers would be called a match with anyone in your gallery.",
    Kind.PHOTOS: "photos of other people would be called a match.",
    Kind.GROUP: "group photos of strangers would have anyone named, however many faces they show.",
}
