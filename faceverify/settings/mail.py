"""Email. Without a server (FACEVERIFY_SMTP_HOST) the site sends none, and its pages say so."""

from .. import env

EMAIL_HOST = env.text("FACEVERIFY_SMTP_HOST")
FACEVERIFY_SENDS_MAIL = bool(EMAIL_HOST)
# Never to the console: logs would then hold addresses, and links that set a password.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
EMAIL_PORT = env.integer("FACEVERIFY_SMTP_PORT", 587, low=1, high=65535)
EMAIL_HOST_USER = env.text("FACEVERIFY_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("FACEVERIFY_SMTP_PASSWORD")
EMAIL_USE_TLS = env.boolean("FACEVERIFY_SMTP_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("FACEVERIFY_EMAIL_FROM", "faceverify <noreply@localhost>")
