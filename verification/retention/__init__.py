"""How long things are kept, and erasing them for good: by rule, a person, an account; receipts of it."""
