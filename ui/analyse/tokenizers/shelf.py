"""The tokenizers that one visitor may choose from: those of the catalog, and the visitor's own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.words.tokenizer import WordTokenizer
from ui.kit.model_menu import label

Own = tuple[WordTokenizer, ...]  # what a visit holds of its own
MOST_OWN = 4


@dataclass(frozen=True)
class Shelf:
    """Tokenizers by name; the library's are shared, ``own`` are not."""

    library: Library
    own: Own = ()

    def is_own(self, name: str) -> bool:
        return any(tokenizer.key == name for tokenizer in self.own)

    def tokenizer(self, name: str) -> WordTokenizer:
        """The tokenizer of a name; loaded once, and then at hand."""
        return next((t for t in self.own if t.key == name), None) or self.library.tokenizer(name)

    def title(self, name: str) -> str:
        return name if self.is_own(name) else catalog.entry(name).title

    def with_own(self, tokenizer: WordTokenizer) -> Shelf:
        """With one more of the visitor's own, or one of that name replaced."""
        return replace(self, own=(*(t for t in self.own if t.key != tokenizer.key), tokenizer))

    def choices(self) -> list[tuple[str, str]]:
        """Label and name of each, the visitor's own first."""
        own = [(f"{t.key} ({t.vocab_size:,} tokens)", t.key) for t in self.own]
        return [*own, *((label(e), e.key) for e in catalog.entries() if e.tokenizer)]
