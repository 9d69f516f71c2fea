"""What verdicts are called where their kind has no words of its own, and what they mean."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from .. import engine
from .models import Verification

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

State = Verification.State
Outcome = Verification.Outcome

# State or outcome: (what it is called in a list, the headline on its page).
WORDS: "dict[str, tuple[StrOrPromise, StrOrPromise]]" = {
    State.PENDING: (gettext_lazy("Waiting"), gettext_lazy("Waiting to be compared")),
    State.RUNNING: (gettext_lazy("Comparing"), gettext_lazy("Comparing the photos")),
    State.REFUSED: (gettext_lazy("Photo refused"), gettext_lazy("A photo cannot be used")),
    State.FAILED: (gettext_lazy("Failed"), gettext_lazy("The comparison failed")),
    Outcome.MATCH: (engine.OUTCOMES["match"], gettext_lazy("Probably the same person")),
    Outcome.NO_MATCH: (engine.OUTCOMES["no_match"], gettext_lazy("Probably different people")),
    Outcome.INCONCLUSIVE: (
        engine.OUTCOMES["inconclusive"],
        gettext_lazy("Cannot tell from these photos"),
    ),
}
# Of a photo with several faces: a question, although the worker refused it.
WHICH_FACE = (gettext_lazy("Which face?"), gettext_lazy("Which face is meant?"))
MEANING: "dict[str, StrOrPromise]" = {
    Outcome.MATCH: gettext_lazy(
        "The faces are more alike than the threshold asks for. Close relatives and lookalikes can "
        "land here too."
    ),
    Outcome.NO_MATCH: gettext_lazy(
        "The faces are so little alike that one person is improbable. Photos of one person can land "
        "here too when years, pose, light or a covered face lie between them."
    ),
    Outcome.INCONCLUSIVE: gettext_lazy(
        "The faces are less alike than the threshold asks for, and too much alike to rule out one "
        "person. Clearer photos, taken from the front, may help."
    ),
}
OF_EARLIER_RULE = gettext_lazy(
    "The rule of that time called everything that lay well below the threshold different people. "
    "Today such a verdict is left open: compare the photos again to get one."
)

# What stands in a text in place of the name of somebody who was erased everywhere.
ERASED_NAME = "[erased]"

# Why photos, faces or a name are gone, by `Verification.erased_why`.
ERASED_WHY = {
    "rule": gettext_lazy("by the rule for how long they are kept"),
    "person": gettext_lazy("with a person who was erased everywhere"),
}
