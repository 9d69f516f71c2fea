"""Times on pages, in the reader's zone."""

from datetime import UTC, date, datetime

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from ..zones import is_known

register = template.Library()

DAY = "j F Y"
MINUTE = "j F Y, H:i"


@register.simple_tag
def moment(at: datetime | None, form: str = MINUTE) -> SafeString | str:
    """`<time>` in the reader's zone, with the time in UTC as its title. Where the zone is unknown, the text says that it
    is in UTC. `form` as of the filter `date`; nothing where there is no time."""
    if at is None:
        return ""
    shown = formats.date_format(timezone.localtime(at), _ordered(form))
    if "H" in form and not is_known():
        shown = f"{shown} UTC"
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        utc.isoformat(timespec="seconds"),
        formats.date_format(utc, _ordered("l j F Y, H:i:s")),
        shown,
    )


@register.simple_tag
def day(at: datetime | None) -> SafeString | str:
    """The day of a time, as the reader counts days."""
    return moment(at, DAY)


@register.filter
def on_day(at: date | None, form: str = DAY) -> str:
    """A day by itself, such as the last one of a consent; that of a time as the reader counts days."""
    if at is None:
        return ""
    return formats.date_format(
        timezone.localtime(at) if isinstance(at, datetime) else at, _ordered(form)
    )


def _ordered(form: str) -> str:
    """The form with day and month written as the reader's language writes them."""
    # Translators: day and month of a date, in the letters of Django's filter `date`.
    long = pgettext("date", "j F")
    # Translators: day and short month of a date, in the letters of Django's filter `date`.
    short = pgettext("date", "j M")
    return form.replace("j F", long).replace("j M", short)
