"""System checks of the settings about accounts."""

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from accounts.operator.notice import own_notice


@register(Tags.security)
def check_domains(app_configs, **kwargs) -> list[Warning]:
    """Anybody can type an address of the domain: only a mail shows whose it is."""
    if not settings.FACEVERIFY_SIGN_UP_DOMAINS or settings.FACEVERIFY_SIGN_UP == "closed":
        return []
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory":
        return []
    return [
        Warning(
            "FACEVERIFY_SIGN_UP_DOMAINS keeps nobody out while addresses are not confirmed.",
            hint="Set FACEVERIFY_SMTP_HOST and FACEVERIFY_EMAIL_VERIFICATION=mandatory.",
            id="accounts.W001",
        )
    ]


@register
def check_privacy_notice(app_configs, **kwargs) -> list[Error]:
    try:
        own_notice()
    except (OSError, UnicodeDecodeError) as error:
        path = settings.FACEVERIFY_PRIVACY_NOTICE
        return [
            Error(
                f"FACEVERIFY_PRIVACY_NOTICE={path} cannot be read: {type(error).__name__}.",
                hint="Name a text file in UTF-8 that web and worker may read.",
                id="accounts.E001",
            )
        ]
    return []
