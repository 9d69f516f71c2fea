"""Training data: photos by person, sampled pairs, augmentation."""
