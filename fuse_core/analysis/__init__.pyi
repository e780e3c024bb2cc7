from .captions.coco import read_captions as read_captions
from .captions.report import CaptionRun as CaptionRun
from .context_fidelity import ContextFidelity as ContextFidelity
from .fidelity_probe import FidelityProbe as FidelityProbe
from .fitted_pair import FittedPair as FittedPair
from .mapped_word import map_word as map_word
from .retrieval import retrieval_accuracy as retrieval_accuracy
from .spectrum import penrose_residuals as penrose_residuals
