"""How counts of what is erased are told."""

from collections.abc import Mapping

# What is counted: one of it, several of it. In the order in which they are told.
COUNTED: dict[str, tuple[str, str]] = {
    "people": ("person", "people"),
    "anchors": ("photo of the gallery", "photos of the gallery"),
    "verdicts": ("verdict", "verdicts"),
    "waiting": ("comparison that was waiting", "comparisons that were waiting"),
    "photos": ("photo", "photos"),
    "verdicts_without_photos": ("verdict without its photos", "verdicts without their photos"),
    "crops": ("cut-out face", "cut-out faces"),
    "verdicts_without_crops": ("verdict without its faces", "verdicts without their faces"),
    "names": ("verdict without the name", "verdicts without the name"),
    "live_sessions": ("live session", "live sessions"),
    "reviews": ("review", "reviews"),
    "batches": ("batch", "batches"),
    "imports": ("import", "imports"),
    "import_lines": ("line of an import's report", "lines of imports' reports"),
    "exports": ("export", "exports"),
    "changes": ("change that could be undone", "changes that could be undone"),
    "texts": ("text with the name", "texts with the name"),
    "webhooks": ("webhook", "webhooks"),
    "deliveries": ("message to a webhook", "messages to webhooks"),
    "answers": ("kept answer of the API", "kept answers of the API"),
    "keys": ("API key", "API keys"),
    "revoked_keys": ("API key that had been ended", "API keys that had been ended"),
    "passkeys": ("passkey that had been removed", "passkeys that had been removed"),
    "sessions": ("session", "sessions"),
    "files": ("file", "files"),
    "accounts": ("account", "accounts"),
    "other": ("other row", "other rows"),
}


def phrase(what: str, number: int) -> str:
    one, several = COUNTED.get(what, (what, what))
    return f"{number:,} {one if number == 1 else several}"


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
