"""From a photo's pixels to aligned faces: detection, alignment, quality, choice."""
