"""Measures of captions, one file each."""
