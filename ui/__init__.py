"""The Gradio app: a package a tab, figures and HTML fragments apart from the wiring. No maths here."""

import os

# Before torch is loaded: threads of several visitors or processes that wait busily starve each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
