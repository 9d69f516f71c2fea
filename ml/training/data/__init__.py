"""Training data: photos by person, pairs drawn from them, augmentation. No Django, no TensorFlow of its own."""
