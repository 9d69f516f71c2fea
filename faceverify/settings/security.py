"""Passwords, second factors, sessions, and how often somebody may guess."""

from datetime import timedelta

from .. import env
from .mail import FACEVERIFY_SENDS_MAIL

# Passwords ---------------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    *(
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in (
            "UserAttributeSimilarityValidator",
            "MinimumLengthValidator",
            "CommonPasswordValidator",
            "NumericPasswordValidator",
        )
    ),
    {"NAME": "accounts.passwords.GuessablePasswordValidator"},
]
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Guessing is limited by address and account together, so that nobody locks somebody else out: what the
# keys are is in accounts/sign_in/guessing.py.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_known": "10/5m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "confirm_email": "1/3m/key",
    "reauthenticate": "10/m/user",
}

# Asking again -------------------------------------------------------------------------------------
# For so many seconds nobody is asked again who they are; see accounts/reauthentication.py.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before email addresses change

# Second factors -----------------------------------------------------------------------------------
MFA_ADAPTER = "accounts.factors.adapter.FactorAdapter"
MFA_FORMS = {
    "add_webauthn": "accounts.factors.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.factors.forms.EditPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "faceverify"
MFA_TOTP_TOLERANCE = 1  # clocks may differ by 30 seconds
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
# Where no mail is sent, no address can be confirmed.
MFA_ALLOW_UNVERIFIED_EMAIL = not FACEVERIFY_SENDS_MAIL
# Whether staff can do nothing before they have a second factor.
FACEVERIFY_STAFF_MFA = env.boolean("FACEVERIFY_STAFF_MFA", False)

# Sessions -----------------------------------------------------------------------------------------
FACEVERIFY_SESSION_DAYS = env.decimal("FACEVERIFY_SESSION_DAYS", 14.0, low=0.01, high=365)
FACEVERIFY_SESSION_IDLE_MINUTES = env.decimal(
    "FACEVERIFY_SESSION_IDLE_MINUTES", None, low=2, high=60 * 24 * 365
)
SESSION_ENGINE = "accounts.sessions.store"
SESSION_COOKIE_AGE = int(timedelta(days=FACEVERIFY_SESSION_DAYS).total_seconds())
ACCOUNT_SESSION_REMEMBER = True

# Notices ------------------------------------------------------------------------------------------
ACCOUNT_EMAIL_NOTIFICATIONS = True
