"""The form under a verdict."""

from django import forms

from ..comparisons.kinds.registry import kind_of
from ..comparisons.models import Verification
from .models import NOTE_LENGTH, Review

Answer = Review.Answer

NAMES = {Answer.RIGHT: "Right", Answer.WRONG: "Wrong", Answer.UNSURE: "Unsure"}


def choices(verification: Verification) -> list[tuple[str, str, str]]:
    """(answer, its name, what it says about this verdict)."""
    kind = kind_of(verification)
    means = {Answer.RIGHT: kind.right, Answer.WRONG: kind.wrong}
    return [
        (answer.value, name, means.get(answer, {}).get(verification.outcome, "I cannot say"))
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
