"""The form under a verdict."""

from django import forms

from ..comparisons.models import Verification
from .models import NOTE_LENGTH, Review

Answer = Review.Answer
Outcome = Verification.Outcome
Kind = Verification.Kind

# What each answer says about an outcome.
MEANS: dict[tuple[str, str], str] = {
    (Outcome.MATCH, Answer.RIGHT): "the same person",
    (Outcome.MATCH, Answer.WRONG): "different people",
    (Outcome.NO_MATCH, Answer.RIGHT): "different people",
    (Outcome.NO_MATCH, Answer.WRONG): "the same person",
    (Outcome.INCONCLUSIVE, Answer.RIGHT): "hard to tell",
    (Outcome.INCONCLUSIVE, Answer.WRONG): "easy to tell",
}
MEANS_IN_GALLERY: dict[tuple[str, str], str] = {
    (Outcome.MATCH, Answer.WRONG): "somebody else",
    (Outcome.MATCH, Answer.RIGHT): "that person",
    (Outcome.NO_MATCH, Answer.RIGHT): "nobody I have",
    (Outcome.NO_MATCH, Answer.WRONG): "somebody I have",
}
MEANS_OF_SEVERAL = {Answer.RIGHT: "all of it", Answer.WRONG: "something in it"}
NAMES = {Answer.RIGHT: "Right", Answer.WRONG: "Wrong", Answer.UNSURE: "Unsure"}


def choices(verification: Verification) -> list[tuple[str, str, str]]:
    """(answer, its name, what it says about this verdict)."""
    if verification.kind in (Kind.PHOTOS, Kind.GROUP):
        means = {
            (verification.outcome, str(answer)): meaning
            for answer, meaning in MEANS_OF_SEVERAL.items()
        }
    else:
        means = MEANS | (MEANS_IN_GALLERY if verification.kind == Kind.IDENTIFY else {})
    return [
        (answer.value, name, means.get((verification.outcome, answer), "I cannot say"))
        for answer, name in NAMES.items()
    ]


class ReviewForm(forms.Form):
    answer = forms.ChoiceField(
        choices=Answer.choices,
        error_messages={
            "required": "Choose right, wrong or unsure.",
            "invalid_choice": "Choose right, wrong or unsure.",
        },
    )
    note = forms.CharField(
        required=False,
        max_length=NOTE_LENGTH,
        error_messages={"max_length": f"Write at most {NOTE_LENGTH:,} characters."},
    )
