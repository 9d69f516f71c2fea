"""What owners say of their verdicts: right, wrong or unsure."""
