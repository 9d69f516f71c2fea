"""What pages say of a change of many people."""

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy, ngettext

from .models import BulkChange

Action = BulkChange.Action

# Why something could not be done with somebody.
WHY = {
    "full": gettext_lazy("has as many tags as there can be"),
    "taken": gettext_lazy("somebody in that gallery has the same external id"),
    "unreadable": gettext_lazy("a photo cannot be read"),
    "another_account": gettext_lazy("belongs to another account than that gallery"),
}


def order_in_words(*, action: str, number: int, tag: str = "", to: str = "") -> str:
    """What is to be done, as a headline."""
    match action:
        case Action.TAG:
            text = ngettext(
                "Give %(number)s person the tag %(tag)s",
                "Give %(number)s people the tag %(tag)s",
                number,
            )
        case Action.UNTAG:
            text = ngettext(
                "Take the tag %(tag)s from %(number)s person",
                "Take the tag %(tag)s from %(number)s people",
                number,
            )
        case Action.MOVE:
            text = ngettext(
                "Move %(number)s person to %(to)s", "Move %(number)s people to %(to)s", number
            )
        case Action.COPY:
            text = ngettext(
                "Copy %(number)s person to %(to)s", "Copy %(number)s people to %(to)s", number
            )
        case Action.CONSENT:
            text = ngettext(
                "Record the consent of %(number)s person",
                "Record the consent of %(number)s people",
                number,
            )
        case Action.DELETE:
            text = ngettext("Delete %(number)s person", "Delete %(number)s people", number)
        case _:
            text = ngettext(
                "Erase %(number)s person for good", "Erase %(number)s people for good", number
            )
    written = number_format(number, force_grouping=True)
    return text % {"number": written, "tag": tag, "to": to or gettext("a gallery that is gone")}


def headline(job: BulkChange) -> str:
    to = job.to.called if job.to else ""
    return order_in_words(action=job.action, number=job.total, tag=job.tag, to=to)
