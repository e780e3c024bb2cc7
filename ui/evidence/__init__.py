"""The Evidence tab."""
