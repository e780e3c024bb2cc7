"""Loading the models of the first Step while the page is already up."""

from __future__ import annotations

import logging
import threading
from functools import partial

from fuse_core.analysis.fitted_pair import FittedPair
from fuse_core.common.errors import UserError
from fuse_core.common.hosting import by_the_host
from fuse_core.common.progress import Cancelled, Progress
from fuse_core.common.side_by_side import side_by_side, works_at_once
from fuse_core.library import Library
from fuse_core.search.presets import load_preset
from fuse_core.search.problem import fit_options
from fuse_core.search.word_table import word_table

log = logging.getLogger(__name__)


class WarmUp:
    """Loads in a thread what a preset's first Step needs, then the other adapter for the Adapter view.

    Models that are not here are fetched, on a public host, too, where no visitor may fetch any.

    Attributes
    ----------
    sentence : str
        Why the first Step would have to wait, for people; empty once it would not.
    """

    def __init__(self, library: Library, preset: str) -> None:
        self.sentence = "The first models are being loaded."
        self._library, self._config = library, load_preset(preset)
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self.run, name="warm-up", daemon=True).start()

    def stop(self) -> None:
        """End it at its next report."""
        self._stopped.set()

    def run(self) -> None:
        """Load everything; what goes wrong is logged."""
        try:
            with by_the_host():
                self._load()
        except Cancelled:
            log.info("Loading the first models was cancelled.")
        except UserError as error:
            # The page says the same in place when somebody asks for these models.
            log.warning("%s", error)
        except Exception:
            log.exception("The first models could not be loaded.")
        if self.sentence:
            self.sentence = "The first models could not be loaded. The log says why."

    def _load(self) -> None:
        library, config, report = self._library, self._config, self._report
        library.image_text(config.target)

        def adapter(report: Progress) -> None:
            library.causal(config.source)
            library.adapter(config.source, config.target, fit_options(config), report)

        words = partial(word_table, library, config.target)
        side_by_side({"Words": words, "Adapter": adapter}, works_at_once(library.device), report)
        self.sentence = ""
        FittedPair(library, config.source, config.target, report)

    def _report(self, share: float, what: str) -> None:
        if self._stopped.is_set():
            raise Cancelled
