"""Who may have an account, and who answers for the site."""

from pathlib import Path

from .. import env
from .paths import BASE_DIR

_THIS_MACHINE = {"localhost", "127.0.0.1", "::1", "[::1]"}
_addresses = {env.text("FACEVERIFY_BIND", "127.0.0.1"), *env.words("FACEVERIFY_HOSTS")}
# A fresh clone listens on its own machine only, so whoever can open the page may have an account.
# As soon as others can reach the site, the operator has to let them in.
FACEVERIFY_SIGN_UP = env.choice(
    "FACEVERIFY_SIGN_UP",
    "open" if _addresses <= _THIS_MACHINE else "invitation",
    ("open", "invitation", "closed"),
)
FACEVERIFY_SIGN_UP_DOMAINS = [
    domain.lower().removeprefix("@") for domain in env.words("FACEVERIFY_SIGN_UP_DOMAINS")
]

# The operator -----------------------------------------------------------------------------------
FACEVERIFY_OPERATOR_NAME = env.text("FACEVERIFY_OPERATOR_NAME")
# An email address, a web address or a telephone number.
FACEVERIFY_OPERATOR_CONTACT = env.text("FACEVERIFY_OPERATOR_CONTACT")
# A file in Markdown; None: the notice that comes with the software.
FACEVERIFY_PRIVACY_NOTICE: Path | None = (
    env.path("FACEVERIFY_PRIVACY_NOTICE", BASE_DIR, BASE_DIR)
    if env.text("FACEVERIFY_PRIVACY_NOTICE")
    else None
)
