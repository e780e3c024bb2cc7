"""FUSE: gradients carried between language models with different tokenizers (arXiv 2408.04816).

``tprod``           t-product ``A * B``
``ttranspose``      t-transpose ``A'``
``tidentity``       the product's identity ``I``
``tpinv``           pseudoinverse ``A⁺``
``tlstsq``          least squares ``A⁺ * B``, with or without a ridge
``split``           embeddings (tokens, d) -> word tensors (1, d, l)
``merge``           its inverse
``WordTokenizer``   a tokenizer seen word by word
``Corpus``          words with their frequencies
``fit_adapter``     fit every bucket's map by least squares
``FitOptions``      settings of a fit
``VocabularySide``  a model's tokenizer and embedding table
``Adapter``         the fitted maps ``M_ij`` of a pair
``transport``       join two models' embeddings of a text in the autograd graph
``Library``         the models and adapters of a process, each loaded once
``CaptionConfig``   settings of a run
``Session``         a run that steps, goes back, is saved and resumed
``UserError``       what is wrong with an input, and what to do
"""

import lazy_loader

from fuse_core.common.version import VERSION as __version__  # noqa: F401

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
