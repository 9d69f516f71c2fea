"""Days of dates, as the reader's language writes them."""

from datetime import date, datetime

from django.utils import formats, timezone
from django.utils.translation import pgettext_lazy

DAY = "j F Y"
# How a language writes a day, in the letters of Django's filter `date`; by how English does.
DAYS = {
    "j F Y": pgettext_lazy("date", "j F Y"),
    "j M Y": pgettext_lazy("date", "j M Y"),
    "j F": pgettext_lazy("date", "j F"),
    "j M": pgettext_lazy("date", "j M"),
    "D j F": pgettext_lazy("date", "D j F"),
    "l j F": pgettext_lazy("date", "l j F"),
    "l j F Y": pgettext_lazy("date", "l j F Y"),
}


def written(at: date, form: str) -> str:
    """A date by a form that is a day of `DAYS`, a time of the filter `date`, or both: "j F, H:i".
    KeyError: a form that nobody can translate."""
    parts = form.split(", ")
    return formats.date_format(
        at, ", ".join(part if part[0] == "H" else str(DAYS[part]) for part in parts)
    )


def day_in_words(at: date, form: str = DAY) -> str:
    """The day of a date, or of a time as the reader counts days."""
    return written(timezone.localtime(at) if isinstance(at, datetime) else at, form)
