"""A pair of models whose map is known, and how well a fit finds it.

``SyntheticPair``  two vocabularies and the map between them
``recover``        fit it and compare with the truth
``Recovery``       what a fit made of it
``sweep``          the same at several noise levels
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
