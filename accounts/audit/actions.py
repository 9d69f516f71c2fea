"""What the audit log tells of. The part before the dot is the kind by which people filter."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy


class Action(TextChoices):
    SIGN_IN = "session.sign_in", gettext_lazy("Signed in")
    SIGN_IN_FAILED = "session.sign_in_failed", gettext_lazy("Sign-in failed")
    SIGN_OUT = "session.sign_out", gettext_lazy("Signed out")
    SESSIONS_ENDED = "session.ended", gettext_lazy("Sessions ended")

    SIGN_UP = "account.created", gettext_lazy("Account created")
    PASSWORD = "account.password_changed", gettext_lazy("Password changed")
    PASSWORD_RESET = "account.password_reset", gettext_lazy("Password set by a link")
    EMAIL = "account.email_changed", gettext_lazy("Email addresses changed")
    EMAIL_CONFIRMED = "account.email_confirmed", gettext_lazy("Email address confirmed")
    FACTOR_ADDED = "account.factor_added", gettext_lazy("Second factor or passkey added")
    FACTOR_REMOVED = "account.factor_removed", gettext_lazy("Second factor or passkey removed")
    LINKED = "account.linked", gettext_lazy("Another sign-in linked")
    UNLINKED = "account.unlinked", gettext_lazy("Another sign-in unlinked")
    SETTINGS = "account.settings_changed", gettext_lazy("Settings changed")
    CLOSED = "account.closed", gettext_lazy("Account closed")

    KEY_CREATED = "key.created", gettext_lazy("API key created")
    KEY_CHANGED = "key.changed", gettext_lazy("API key changed")
    KEY_ROTATED = "key.rotated", gettext_lazy("API key rotated")
    KEY_REVOKED = "key.revoked", gettext_lazy("API key revoked")

    LOOKED = "view.seen", gettext_lazy("Looked at")
    DOWNLOADED = "view.downloaded", gettext_lazy("Downloaded")
    VIEWS_LOST = "view.lost", gettext_lazy("Views that could not be written")

    EXPORTED = "data.exported", gettext_lazy("Export ordered")
    CHANGED = "data.changed", gettext_lazy("Changed")
    DELETED = "data.deleted", gettext_lazy("Deleted")
    ERASED = "data.erased", gettext_lazy("Erased")
    RESTORED = "data.restored", gettext_lazy("Deletion undone")
    SHARED = "data.shared", gettext_lazy("Shared")
    UNSHARED = "data.unshared", gettext_lazy("Share ended")

    TEAM_INVITED = "team.invited", gettext_lazy("Invited to a gallery")
    TEAM_INVITATION_ENDED = "team.invitation_ended", gettext_lazy("Invitation to a gallery ended")
    TEAM_JOINED = "team.joined", gettext_lazy("Joined a gallery")
    TEAM_ROLE = "team.role", gettext_lazy("Role in a gallery changed")
    TEAM_LEFT = "team.left", gettext_lazy("Access to a gallery ended")
    TEAM_HANDED_OVER = "team.handed_over", gettext_lazy("Gallery handed over")

    STAFF = "staff.acted", gettext_lazy("Staff action")
    INVITED = "staff.invited", gettext_lazy("Invitation made")
    INVITATION_REVOKED = "staff.invitation_revoked", gettext_lazy("Invitation withdrawn")
    INVITATION_USED = "account.invited", gettext_lazy("Came in by an invitation")
    MADE_STAFF = "staff.made", gettext_lazy("Made an administrator")

    LOG_PRUNED = "log.pruned", gettext_lazy("Old entries of the log dropped")
    LOG_EXPORTED = "log.exported", gettext_lazy("Log exported")


KINDS = {
    "session": gettext_lazy("Sign-ins"),
    "account": gettext_lazy("Account"),
    "key": gettext_lazy("API keys"),
    "view": gettext_lazy("Views"),
    "data": gettext_lazy("Data"),
    "team": gettext_lazy("Shared galleries"),
    "staff": gettext_lazy("Staff"),
    "log": gettext_lazy("The log"),
}
