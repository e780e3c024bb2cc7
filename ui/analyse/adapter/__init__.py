"""The Adapter view: both maps of a pair, what they cost, how well they carry words, and why."""

from ui.analyse.adapter.view import build
from ui.analyse.registry import AnalyseView

VIEW = AnalyseView("adapter", "Adapter", 2, build)
