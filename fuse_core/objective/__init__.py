"""The objective of a prompt: a weighted sum of losses, one file a term.

``Objective``         the sum
``LanguageTerm``      what a language model says of a prompt
``LanguageGradient``  its gradient on one prompt
``ImageTerm``         fit to pictures, or to a text
``LabelTerm``         a classifier's wanted label
``FluencyTerm``       a second language model's fluency
``DenoisingTerm``     a diffusion model's picture, less its noise
``TargetTerm``        what all target models have in common
``ReadingTerm``       what those have that read a text as one vector
``TargetGradient``    a target's gradient on a text, word by word
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
