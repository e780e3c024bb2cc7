"""The Fidelity view."""
