"""The Analyse tab."""
