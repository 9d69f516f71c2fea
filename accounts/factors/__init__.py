"""Second factors: codes of an authenticator app, passkeys and recovery codes, all by allauth."""
