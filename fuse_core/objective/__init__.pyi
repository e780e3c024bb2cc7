from .image_term import ImageTerm as ImageTerm
from .label_term import LabelTerm as LabelTerm
from .language_gradient import LanguageGradient as LanguageGradient
from .language_term import LanguageTerm as LanguageTerm
from .objective import Objective as Objective
from .target_term import TargetGradient as TargetGradient
from .target_term import TargetTerm as TargetTerm
