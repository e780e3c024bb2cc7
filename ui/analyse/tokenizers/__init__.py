"""The Tokenizers view: two splits of one text, word by word, and the bucket table of the pair."""

from ui.analyse.registry import AnalyseView
from ui.analyse.tokenizers.view import build

VIEW = AnalyseView("tokenizers", "Tokenizers", 1, build)
