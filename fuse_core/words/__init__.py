"""Words: the unit that both tokenizers of a pair agree on.

``WordTokenizer``  a tokenizer seen word by word
``Word``           a word of a text and one tokenizer's ids for it
``AlignedWord``    a word as two tokenizers see it
``align``          a text's words under two tokenizers
``split``          embeddings (tokens, d) -> word tensors (1, d, l)
``merge``          its inverse
``word_tensor``    words stacked to (n, d, l)
``Corpus``         words with their frequencies
``english``        the most frequent English words
``from_text``      the words of a text
``BucketTable``    a corpus sorted by token lengths (i, j)
``bucket_words``   sort a corpus so
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
