"""What verdicts are called where their kind has no words of its own, and what they mean."""

from .. import engine
from .models import Verification

State = Verification.State
Outcome = Verification.Outcome

# State or outcome: (what it is called in a list, the headline on its page).
WORDS: dict[str, tuple[str, str]] = {
    State.PENDING: ("Waiting", "Waiting to be compared"),
    State.RUNNING: ("Comparing", "Comparing the photos"),
    State.REFUSED: ("Photo refused", "A photo cannot be used"),
    State.FAILED: ("Failed", "The comparison failed"),
    Outcome.MATCH: (engine.OUTCOMES["match"], "Probably the same person"),
    Outcome.NO_MATCH: (engine.OUTCOMES["no_match"], "Probably different people"),
    Outcome.INCONCLUSIVE: (engine.OUTCOMES["inconclusive"], "Cannot tell from these photos"),
}
# Of a photo with several faces: a question, although the worker refused it.
WHICH_FACE = ("Which face?", "Which face is meant?")
MEANING: dict[str, str] = {
    Outcome.MATCH: "The faces are more alike than the threshold asks for. Close relatives and "
    "lookalikes can land here too.",
    Outcome.NO_MATCH: "The faces are so little alike that one person is improbable. Photos of one "
    "person can land here too when years, pose, light or a covered face lie between them.",
    Outcome.INCONCLUSIVE: "The faces are less alike than the threshold asks for, and too much alike "
    "to rule out one person. Clearer photos, taken from the front, may help.",
}
OF_EARLIER_RULE = (
    "The rule of that time called everything that lay well below the threshold different people. "
    "Today such a verdict is left open: compare the photos again to get one."
)

# What stands in a text in place of the name of somebody who was erased everywhere.
ERASED_NAME = "[erased]"

# Why photos, faces or a name are gone, by `Verification.erased_why`.
ERASED_WHY = {
    "rule": "by the rule for how long they are kept",
    "person": "with a person who was erased everywhere",
}
