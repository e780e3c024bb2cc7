"""Models: what one must offer to take part, and those that come along.

``EmbeddingModel``  a tokenizer and an embedding table
``CausalModel``     a language model
``TextReader``      a text as one vector
``TextEncoder``     a reader of unit vectors
``ImageTextModel``  an encoder of texts and pictures
``TextClassifier``  a reader of labels' log-probabilities
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
