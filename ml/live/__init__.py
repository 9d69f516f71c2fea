"""Faces before a camera: frames to tracks, guidance, a verdict of many frames, and a challenge."""
