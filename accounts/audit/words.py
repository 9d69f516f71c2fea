"""The codes of entries in words, where there are some: what is stored stays a code."""

from django.utils.translation import gettext, gettext_noop

# Names of facts, and their values.
WORDS = {
    word.replace(" ", "_"): word
    for word in (
        gettext_noop("by"), gettext_noop("count"), gettext_noop("scopes"), gettext_noop("format"),
        gettext_noop("merged into"), gettext_noop("followed by"), gettext_noop("changed"),
        gettext_noop("erased"), gettext_noop("megabytes"),
        gettext_noop("password"), gettext_noop("code"), gettext_noop("totp"), gettext_noop("webauthn"),
        gettext_noop("recovery codes"), gettext_noop("all"), gettext_noop("one"), gettext_noop("others"),
        gettext_noop("restored"), gettext_noop("renewed"), gettext_noop("retention"),
        gettext_noop("quota set"), gettext_noop("the setting"), gettext_noop("tried again"),
        gettext_noop("activated"), gettext_noop("deactivated"), gettext_noop("console taken"),
        gettext_noop("signed out"), gettext_noop("password link made"),
        gettext_noop("person deleted"), gettext_noop("people merged"), gettext_noop("person split"),
        gettext_noop("name"), gettext_noop("expires at"), gettext_noop("uses"), gettext_noop("staff"),
    )
}  # fmt: skip
WORDS |= {
    "anchor_deleted": gettext_noop("photo deleted"),
    "anchor_moved": gettext_noop("photo moved"),
    # Which photo of a verdict, and what of it.
    "probe": gettext_noop("first photo"),
    "reference": gettext_noop("second photo"),
    "image": gettext_noop("photo"),
    "crop": gettext_noop("cut-out face"),
    "role": gettext_noop("role"),
    "member": gettext_noop("member"),
    "invitation": gettext_noop("invitation"),
    "owner": gettext_noop("owner"),
    "editor": gettext_noop("editor"),
    "reviewer": gettext_noop("reviewer"),
    "viewer": gettext_noop("viewer"),
}


def in_words(code: str) -> str:
    """A known code in the reader's language; anything else as it is."""
    return gettext(WORDS[code]) if code in WORDS else code
