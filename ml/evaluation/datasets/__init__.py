"""Labelled photos on disk: LFW's folders and pairs files."""
