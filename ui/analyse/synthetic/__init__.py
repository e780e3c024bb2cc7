"""The Synthetic truth view: a pair of models whose map is known, and what a fit makes of it."""

from ui.analyse.registry import AnalyseView
from ui.analyse.synthetic.view import build

VIEW = AnalyseView("synthetic", "Synthetic truth", 4, build, of_pair=False)
