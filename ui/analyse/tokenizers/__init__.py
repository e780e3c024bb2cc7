"""The Tokenizers view."""
