"""The Baselines tab."""
