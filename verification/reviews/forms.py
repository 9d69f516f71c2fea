"""The form under a verdict."""

from django import forms
from django.utils.translation import gettext, gettext_lazy

from ..comparisons.kinds.registry import kind_of
from ..comparisons.models import Verification
from .models import CHOOSE_ONE, NOTE_LENGTH, NOTE_TOO_LONG, Review

Answer = Review.Answer

NAMES = {
    Answer.RIGHT: gettext_lazy("Right"),
    Answer.WRONG: gettext_lazy("Wrong"),
    Answer.UNSURE: gettext_lazy("Unsure"),
}


def choices(verification: Verification) -> list[tuple[str, str, str]]:
    """(answer, its name, what it says about this verdict)."""
    kind = kind_of(verification)
    means = {Answer.RIGHT: kind.right, Answer.WRONG: kind.wrong}
    return [
        (
            answer.value,
            str(name),
            str(means.get(answer, {}).get(verification.outcome, gettext("I cannot say"))),
        )
        for answer, name in NAMES.items()
    ]


class ReviewForm(forms.Form):
    answer = forms.ChoiceField(
        choices=Answer.choices,
        error_messages={
            "required": CHOOSE_ONE,
            "invalid_choice": CHOOSE_ONE,
        },
    )
    note = forms.CharField(
        required=False,
        max_length=NOTE_LENGTH,
        error_messages={"max_length": NOTE_TOO_LONG},
    )
