"""When the model changes: anchors embedded again, and what the next model would say of the last verdicts."""
