"""Where people of a gallery were seen: the verdicts that name them."""
