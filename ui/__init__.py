"""The Gradio app: one file a tab, figures and HTML fragments apart from the wiring. No maths here."""
