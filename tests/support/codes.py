"""What an authenticator app shows."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value


def totp_code(secret: str, *, step: int = 0) -> str:
    """The code of now, or of so many half minutes later. Each is good once."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))
