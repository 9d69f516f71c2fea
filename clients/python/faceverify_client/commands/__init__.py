"""The commands of `faceverify`, a file a subject."""
