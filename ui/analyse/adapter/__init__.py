"""The Adapter view."""
