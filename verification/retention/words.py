"""How counts of what is erased are told."""

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.translation import ngettext


def ngettext_noop(one: str, several: str) -> tuple[str, str]:
    """The same two forms; scripts/languages.py takes them into the catalogues."""
    return one, several


# What is counted: one of it, several of it. In the order in which they are told.
COUNTED: dict[str, tuple[str, str]] = {
    "people": ngettext_noop("%(number)s person", "%(number)s people"),
    "anchors": ngettext_noop("%(number)s photo of the gallery", "%(number)s photos of the gallery"),
    "verdicts": ngettext_noop("%(number)s verdict", "%(number)s verdicts"),
    "waiting": ngettext_noop(
        "%(number)s comparison that was waiting", "%(number)s comparisons that were waiting"
    ),
    "photos": ngettext_noop("%(number)s photo", "%(number)s photos"),
    "verdicts_without_photos": ngettext_noop(
        "%(number)s verdict without its photos", "%(number)s verdicts without their photos"
    ),
    "crops": ngettext_noop("%(number)s cut-out face", "%(number)s cut-out faces"),
    "verdicts_without_crops": ngettext_noop(
        "%(number)s verdict without its faces", "%(number)s verdicts without their faces"
    ),
    "names": ngettext_noop(
        "%(number)s verdict without the name", "%(number)s verdicts without the name"
    ),
    "live_sessions": ngettext_noop("%(number)s live session", "%(number)s live sessions"),
    "reviews": ngettext_noop("%(number)s review", "%(number)s reviews"),
    "batches": ngettext_noop("%(number)s batch", "%(number)s batches"),
    "imports": ngettext_noop("%(number)s import", "%(number)s imports"),
    "import_lines": ngettext_noop(
        "%(number)s line of an import's report", "%(number)s lines of imports' reports"
    ),
    "exports": ngettext_noop("%(number)s export", "%(number)s exports"),
    "bulk_changes": ngettext_noop(
        "%(number)s change of many people", "%(number)s changes of many people"
    ),
    "changes": ngettext_noop(
        "%(number)s change that could be undone", "%(number)s changes that could be undone"
    ),
    "texts": ngettext_noop("%(number)s text with the name", "%(number)s texts with the name"),
    "galleries": ngettext_noop("%(number)s gallery", "%(number)s galleries"),
    "webhooks": ngettext_noop("%(number)s webhook", "%(number)s webhooks"),
    "deliveries": ngettext_noop(
        "%(number)s message to a webhook", "%(number)s messages to webhooks"
    ),
    "answers": ngettext_noop(
        "%(number)s kept answer of the API", "%(number)s kept answers of the API"
    ),
    "keys": ngettext_noop("%(number)s API key", "%(number)s API keys"),
    "revoked_keys": ngettext_noop(
        "%(number)s API key that had been ended", "%(number)s API keys that had been ended"
    ),
    "memberships": ngettext_noop(
        "%(number)s access to a gallery that had been ended",
        "%(number)s accesses to galleries that had been ended",
    ),
    "passkeys": ngettext_noop(
        "%(number)s passkey that had been removed", "%(number)s passkeys that had been removed"
    ),
    "sessions": ngettext_noop("%(number)s session", "%(number)s sessions"),
    "files": ngettext_noop("%(number)s file", "%(number)s files"),
    "accounts": ngettext_noop("%(number)s account", "%(number)s accounts"),
    "other": ngettext_noop("%(number)s other row", "%(number)s other rows"),
}


def phrase(what: str, number: int) -> str:
    one, several = COUNTED.get(what, (f"%(number)s {what}", f"%(number)s {what}"))
    told = number_format(number, force_grouping=True)
    return ngettext(one, several, number) % {"number": told}


def phrases(counts: Mapping[str, int]) -> list[str]:
    """["2 people", "1 verdict"], without what is nought."""
    order = [*COUNTED, *(what for what in counts if what not in COUNTED)]
    return [phrase(what, counts[what]) for what in order if counts.get(what)]


def counted(counts: Mapping[str, int]) -> str:
    """ "2 people, 3 photos and 1 verdict were", to be followed by what was done; "" for nothing."""
    parts = phrases(counts)
    if not parts:
        return ""
    alone = len(parts) == 1 and sum(counts.values()) == 1
    several = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"{several} {'was' if alone else 'were'}"
