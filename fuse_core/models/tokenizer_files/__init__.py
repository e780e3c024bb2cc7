"""Tokenizers from files: ``tokenizer.json``, SentencePiece's ``.model``, tiktoken's ranks and Mistral's Tekken.

No code of a file is ever run: each is a table of pieces and the names of steps that the library knows.
"""
