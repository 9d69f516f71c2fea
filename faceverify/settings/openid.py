"""Signing in through an OpenID Connect provider."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from .. import env
from .sign_up import FACEVERIFY_SIGN_UP

FACEVERIFY_OPENID_ISSUER = env.text("FACEVERIFY_OPENID_ISSUER").rstrip("/")
FACEVERIFY_OPENID_NAME = env.text("FACEVERIFY_OPENID_NAME", "OpenID")
# Whether somebody whom the provider knows, and this site does not, gets an account.
FACEVERIFY_OPENID_NEW_ACCOUNTS = env.boolean(
    "FACEVERIFY_OPENID_NEW_ACCOUNTS", FACEVERIFY_SIGN_UP == "open"
)
_client_id = env.text("FACEVERIFY_OPENID_CLIENT_ID")
if FACEVERIFY_OPENID_ISSUER:
    _issuer = urlsplit(FACEVERIFY_OPENID_ISSUER)
    # Only over TLS can the answers of the provider be trusted; on this machine there is no network.
    if not (
        (_issuer.scheme == "https" and _issuer.hostname)
        or (_issuer.scheme == "http" and _issuer.hostname in ("localhost", "127.0.0.1", "::1"))
    ):
        raise ImproperlyConfigured(
            f"FACEVERIFY_OPENID_ISSUER={FACEVERIFY_OPENID_ISSUER!r}: must begin with https://."
        )
    if not _client_id:
        raise ImproperlyConfigured("FACEVERIFY_OPENID_ISSUER needs FACEVERIFY_OPENID_CLIENT_ID.")

SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "openid",
                    "name": FACEVERIFY_OPENID_NAME,
                    "client_id": _client_id,
                    "secret": env.text("FACEVERIFY_OPENID_SECRET"),
                    "settings": {
                        "server_url": FACEVERIFY_OPENID_ISSUER,
                        "oauth_pkce_enabled": True,
                        "scope": ["openid", "email"],
                    },
                }
            ]
        }
    }
    if FACEVERIFY_OPENID_ISSUER
    else {}
)
SOCIALACCOUNT_ADAPTER = "accounts.openid.adapter.OpenIDAdapter"
# Whoever controls the provider could then enter any account, so only for one that is trusted with
# that. What an unconfirmed address would allow is prevented by allauth: the account's password is
# removed.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = env.boolean("FACEVERIFY_OPENID_LINK_BY_EMAIL", False)
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
