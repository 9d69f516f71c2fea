"""SQLite as Django knows it, whose writers do not overtake each other for seconds."""
