"""Reviews: whether an owner calls a verdict right, wrong or unsure."""
