"""What workers do for sessions: end those whose token was not used in time."""

from ..jobs.claims import Claim, end_refused
from ..jobs.refusals import Refusal
from ..text.sentences import sentence
from .models import LiveSession

NOT_USED = Refusal(
    "not_started",
    sentence("The camera was not opened in time."),
    sentence("Start another session, and open its camera within three minutes."),
)


def end_unused(claim: Claim[LiveSession]) -> bool:
    return end_refused(claim, NOT_USED)
