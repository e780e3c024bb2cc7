"""Search: settings, problems, sessions and what proposes prompts.

``CaptionConfig``    settings of a run
``Session``          a run that steps, goes back, is saved and resumed
``Problem``          models, objective and proposal sources of a run
``caption_problem``  set one up
``GradientRoute``    from a target's gradient to scores of tokens
``Vocabulary``       the tokens a caption may use
``Step``             what a step leaves behind
``Beam``             a prompt in the running
``caption_all``      runs over many pictures
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
