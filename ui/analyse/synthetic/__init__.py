"""The Synthetic truth view."""
