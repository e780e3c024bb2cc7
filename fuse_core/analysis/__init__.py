"""What one may ask of a pair of models and of a run.

``FittedPair``          a pair with its adapters
``ContextFidelity``     predicted against true losses
``FidelityProbe``       what measures them for a picture
``retrieval_accuracy``  do mapped words find their tokens?
``map_word``            one word taken through an adapter
``penrose_residuals``   how exactly a word tensor is inverted
``read_captions``       reference captions in COCO's format
``CaptionRun``          captions of pictures, to be judged against them
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
