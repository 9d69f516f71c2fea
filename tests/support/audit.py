"""Reading the audit log in tests."""

from accounts.audit.buffer import buffer
from accounts.audit.models import AuditEntry


def told(*, action: str = "", kind: str = "") -> list[AuditEntry]:
    """The entries, the oldest first; the views that wait are written first."""
    buffer.flush()
    found = AuditEntry.objects.order_by("created_at", "id")
    if action:
        found = found.filter(action=action)
    return list(found.filter(action__startswith=f"{kind}.") if kind else found)


def entry(**conditions) -> AuditEntry:
    """The only one."""
    (one,) = told(**conditions)
    return one
