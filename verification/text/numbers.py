"""Numbers as the reader's language writes them."""

from django.utils.formats import number_format
from django.utils.translation import gettext


def decimal(value: float, places: int = 3) -> str:
    """Rounded to so many places."""
    return number_format(f"{value:.{places}f}", places)


def grouped(value: int) -> str:
    """With its thousands apart."""
    return number_format(value, force_grouping=True)


def milliseconds(value: float) -> str:
    return gettext("%(number)s ms") % {"number": decimal(value, 1)}
