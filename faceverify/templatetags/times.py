"""Times on pages, in the reader's zone and language."""

from datetime import UTC, date, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from verification.text.dates import DAY, day_in_words, written

from ..zones import is_known

register = template.Library()

MINUTE = "j F Y, H:i"


@register.simple_tag
def moment(at: date | datetime | None, form: str = MINUTE) -> SafeString | str:
    """`<time>` in the reader's zone, with the time in UTC as its title. Where the zone is unknown, the text says that it
    is in UTC. `form` is a day of `DAYS`, a time of the filter `date`, or both: "j F, H:i". A day without a time is in
    no zone. Nothing where there is no time. KeyError: a form that nobody can translate."""
    if at is None:
        return ""
    if not isinstance(at, datetime):
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), written(at, form))
    shown = written(timezone.localtime(at), form)
    if "H" in form and not is_known():
        shown = f"{shown} UTC"
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        utc.isoformat(timespec="seconds"),
        written(utc, "l j F Y, H:i:s"),
        shown,
    )


@register.simple_tag
def day(at: date | datetime | None) -> SafeString | str:
    """The day of a time, as the reader counts and writes days."""
    return moment(at, DAY)


@register.filter
def on_day(at: date | None, form: str = DAY) -> str:
    """A day by itself, such as the last one of a consent; that of a time as the reader counts days."""
    if at is None:
        return ""
    return day_in_words(at, form)
