"""The Optimise tab."""
