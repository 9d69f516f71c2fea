"""What the audit log tells of. The part before the dot is the kind by which people filter."""

from django.db.models import TextChoices


class Action(TextChoices):
    SIGN_IN = "session.sign_in", "Signed in"
    SIGN_IN_FAILED = "session.sign_in_failed", "Sign-in failed"
    SIGN_OUT = "session.sign_out", "Signed out"
    SESSIONS_ENDED = "session.ended", "Sessions ended"

    SIGN_UP = "account.created", "Account created"
    PASSWORD = "account.password_changed", "Password changed"
    PASSWORD_RESET = "account.password_reset", "Password set by a link"
    EMAIL = "account.email_changed", "Email addresses changed"
    EMAIL_CONFIRMED = "account.email_confirmed", "Email address confirmed"
    FACTOR_ADDED = "account.factor_added", "Second factor or passkey added"
    FACTOR_REMOVED = "account.factor_removed", "Second factor or passkey removed"
    LINKED = "account.linked", "Another sign-in linked"
    UNLINKED = "account.unlinked", "Another sign-in unlinked"
    SETTINGS = "account.settings_changed", "Settings changed"
    CLOSED = "account.closed", "Account closed"

    KEY_CREATED = "key.created", "API key created"
    KEY_CHANGED = "key.changed", "API key changed"
    KEY_ROTATED = "key.rotated", "API key rotated"
    KEY_REVOKED = "key.revoked", "API key revoked"

    LOOKED = "view.seen", "Looked at"
    DOWNLOADED = "view.downloaded", "Downloaded"
    VIEWS_LOST = "view.lost", "Views that could not be written"

    EXPORTED = "data.exported", "Export ordered"
    DELETED = "data.deleted", "Deleted"
    ERASED = "data.erased", "Erased"
    RESTORED = "data.restored", "Deletion undone"
    SHARED = "data.shared", "Shared"
    UNSHARED = "data.unshared", "Share ended"

    STAFF = "staff.acted", "Staff action"
    INVITED = "staff.invited", "Invitation made"
    INVITATION_REVOKED = "staff.invitation_revoked", "Invitation withdrawn"
    INVITATION_USED = "account.invited", "Came in by an invitation"
    MADE_STAFF = "staff.made", "Made an administrator"

    LOG_PRUNED = "log.pruned", "Old entries of the log dropped"
    LOG_EXPORTED = "log.exported", "Log exported"


KINDS = {
    "session": "Sign-ins",
    "account": "Account",
    "key": "API keys",
    "view": "Views",
    "data": "Data",
    "staff": "Staff",
    "log": "The log",
}
