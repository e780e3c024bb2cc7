"""The Fidelity view: how well first-order scores predict true losses."""

from ui.analyse.fidelity.view import build
from ui.analyse.registry import AnalyseView

VIEW = AnalyseView("fidelity", "Fidelity", 3, build)
