"""Who may have an account."""
