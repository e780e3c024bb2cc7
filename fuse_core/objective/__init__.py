"""The objective of a prompt: a weighted sum of losses, one file a term.

``Objective``         the sum
``LanguageTerm``      what a language model says of a prompt
``LanguageGradient``  its gradient on one prompt
``ImageTerm``         fit to a picture
``LabelTerm``         a classifier's wanted label
``TargetTerm``        what all target models have in common
``TargetGradient``    a target's gradient on a text, word by word
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
