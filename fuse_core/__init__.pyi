from .adapter.adapter import Adapter as Adapter
from .adapter.fit import FitOptions as FitOptions
from .adapter.fit import VocabularySide as VocabularySide
from .adapter.fit import fit_adapter as fit_adapter
from .adapter.transport import transport as transport
from .common.errors import UserError as UserError
from .library import Library as Library
from .search.config import CaptionConfig as CaptionConfig
from .search.session import Session as Session
from .tensor.product import tidentity as tidentity
from .tensor.product import tprod as tprod
from .tensor.product import ttranspose as ttranspose
from .tensor.solve import tlstsq as tlstsq
from .tensor.solve import tpinv as tpinv
from .words.corpus import Corpus as Corpus
from .words.tokenizer import WordTokenizer as WordTokenizer
from .words.word_tensors import merge as merge
from .words.word_tensors import split as split

__version__: str
