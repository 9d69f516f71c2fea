"""Who you are: user, sign-in, API keys."""
