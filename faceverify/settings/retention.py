"""How long things are kept. See docs/privacy.md."""

from .. import env
from .paths import VAR_DIR

_CENTURY = 36_500


def _days(name: str, default: int | None = None) -> int | None:
    return env.integer(name, default, low=1, high=_CENTURY)


# By kind, in days; None: for ever. An account can only shorten them.
FACEVERIFY_KEEP_DAYS = {
    "photos": _days("FACEVERIFY_KEEP_PHOTOS_DAYS"),
    "crops": _days("FACEVERIFY_KEEP_CROPS_DAYS"),
    "verdicts": _days("FACEVERIFY_KEEP_VERDICTS_DAYS"),
    "reviews": _days("FACEVERIFY_KEEP_REVIEWS_DAYS"),
    # After a consent has ended. Nobody has an end recorded who was not given one by hand.
    "people": _days("FACEVERIFY_KEEP_PEOPLE_DAYS", 30),
    "batches": _days("FACEVERIFY_KEEP_BATCHES_DAYS"),
    "batch_faces": _days("FACEVERIFY_KEEP_BATCH_FACES_DAYS", 90),
    "imports": _days("FACEVERIFY_KEEP_IMPORTS_DAYS"),
    "exports": _days("FACEVERIFY_KEEP_EXPORTS_DAYS"),
    "bulk_changes": _days("FACEVERIFY_KEEP_BULK_CHANGES_DAYS", 90),
    "live_sessions": _days("FACEVERIFY_KEEP_LIVE_DAYS", 30),
    "deliveries": _days("FACEVERIFY_KEEP_DELIVERIES_DAYS", 30),
}
# The hour, in UTC, from which on the rules are carried out each night.
FACEVERIFY_RETENTION_HOUR = env.integer("FACEVERIFY_RETENTION_HOUR", 2, low=0, high=23)
# The list of what was erased, by digests, for restoring a backup. Keep it apart from the backups.
FACEVERIFY_ERASURES = env.path("FACEVERIFY_ERASURES", VAR_DIR / "erasures.jsonl", VAR_DIR.parent)
