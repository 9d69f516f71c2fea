"""A verdict on one page of paper, sealed so that this server can tell whether it was changed."""
