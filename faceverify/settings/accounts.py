"""Accounts and sign-in."""

from django.core.exceptions import ImproperlyConfigured

from .. import env
from .mail import FACEVERIFY_SENDS_MAIL
from .paths import HTTPS

# Accounts ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.sign_up.forms.SignUpForm",
    "change_password": "accounts.password_forms.ChangePasswordForm",
    "set_password": "accounts.password_forms.SetPasswordForm",
    "reset_password_from_key": "accounts.password_forms.ResetPasswordKeyForm",
}
ACCOUNT_EMAIL_VERIFICATION = env.choice(
    "FACEVERIFY_EMAIL_VERIFICATION",
    "mandatory" if FACEVERIFY_SENDS_MAIL else "none",
    ("mandatory", "optional", "none"),
)
if not FACEVERIFY_SENDS_MAIL:
    if ACCOUNT_EMAIL_VERIFICATION == "mandatory":
        raise ImproperlyConfigured(
            "FACEVERIFY_EMAIL_VERIFICATION=mandatory needs FACEVERIFY_SMTP_HOST: nobody could sign in."
        )
    ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[faceverify] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
