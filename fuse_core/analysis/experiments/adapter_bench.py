"""What adapters of one pair are judged on beside each other."""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.errors import squared_errors
from fuse_core.adapter.map import bucket_key
from fuse_core.adapter.normal_equations import normal_equations
from fuse_core.adapter.transport import vjp_text
from fuse_core.analysis.captions.coco import read_captions
from fuse_core.analysis.carried_order import OWN, carried_orders
from fuse_core.analysis.experiments.compact_forms import Fitted
from fuse_core.analysis.experiments.experiment import Settings
from fuse_core.analysis.experiments.picture_cells import picture_cells, picture_of
from fuse_core.analysis.fidelity import EncodedTexts
from fuse_core.analysis.fitted_pair import FittedPair
from fuse_core.analysis.retrieval import sample_rows
from fuse_core.common.devices import CPU
from fuse_core.common.progress import Progress, part_of
from fuse_core.common.storage import assets_folder
from fuse_core.library import Library
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.presets import load_preset
from fuse_core.search.vocabulary import source_vocabulary
from fuse_core.words.alignment import align
from fuse_core.words.text_means import text_means


class AdapterBench:
    """Held-out words, candidates of pictures, and gradients at captions that people wrote, made once for all adapters.

    Parameters
    ----------
    settings : mapping
        ``source``, ``target``, ``folder`` (a set of pictures with ``captions.json``), ``pictures``, ``words``.

    Attributes
    ----------
    fitted : Fitted
    images : dict
        Name -> picture.
    heldout : dict
        Bucket -> its held-out words.
    caption_buckets : list of (int, int)
        The bucket of every word of the captions.
    """

    def __init__(self, library: Library, settings: Settings, progress: Progress) -> None:
        source, target = settings["source"], settings["target"]
        self._library, self._settings, self._encoded = library, settings, EncodedTexts()
        pair = FittedPair(library, source, target, part_of(progress, 0.0, 0.2))
        rows = pair.rows("pair")
        self.heldout = {key: [row for row in part if row.heldout] for key, part in rows.items()}
        self._sample = sample_rows(rows[1, 1], settings["words"])
        self._sides = [library.vocabulary_side(key) for key in (source, target)]
        source_table, target_table = (side.table for side in self._sides)
        grams = {}
        for done, (key, _) in enumerate(pair.adapters["pair"].maps.items()):
            progress(0.2 + 0.2 * done / 16, f"Gram tensor of bucket {key}")
            training = [row for row in rows[key] if not row.heldout]
            separate = pair.adapters["pair"].has_first_token_block(key[0])
            grams[key] = normal_equations(source_table, target_table, training, key, separate).gram
        self.fitted = Fitted(pair.adapters["pair"], pair.adapters["target"], grams)
        config, model = load_preset("offline-plain"), library.image_text(target)
        self.images = {cell["picture"]: picture_of(settings, cell) for cell in picture_cells(settings)}
        known = read_captions(assets_folder() / settings["folder"] / "captions.json")
        self._gradients: list[tuple[Tensor, list[tuple[int, int]]]] = []
        tokenizers = [side.tokenizer for side in self._sides]
        self.caption_buckets: list[tuple[int, int]] = []
        for name, image in self.images.items():
            text = f"{config.prefix} {known.references[name][0]}"
            lengths = [word.lengths for word in align(text, *tokenizers)]
            term = ImageTerm(model, model.encode_image(image), config.image_weight)
            (gradient,) = term.gradients([text])
            self._gradients.append((torch.cat([g[0].T for g in gradient.grads]), lengths))
            self.caption_buckets += lengths

    def heldout_error(self, adapter: Adapter) -> float:
        """Relative error over the held-out words of all buckets; a word that no map serves is missed as a whole."""
        source, target = (side.table for side in self._sides)
        missed = total = 0.0
        for key, rows in self.heldout.items():
            m = adapter.map_for(*key)
            bucket = bucket_key(adapter.info.bucketing, *key)
            fitted = self.fitted.pair.maps[key] if m is None else m
            here, energy = squared_errors(source, target, rows, bucket if m is not None else key, fitted)
            missed += float((energy if m is None else here).sum())
            total += float(energy.sum())
        return (missed / total) ** 0.5

    def cosines(self, adapter: Adapter) -> list[float]:
        """Of the carried gradient of every caption with that of the adapter as it was fitted."""
        found = []
        for g, lengths in self._gradients:
            a, b = (vjp_text(g, one, lengths).flatten() for one in (adapter, self.fitted.pair))
            found.append(float(torch.cosine_similarity(a.double(), b.double(), dim=0)))
        return found

    def shares(self, adapter: Adapter, progress: Progress) -> list[float]:
        """The share of the target's own rank correlation on held-out words that it keeps, picture by picture."""
        ids = torch.tensor([row.source[0] for row in self._sample], device=CPU)
        texts = [source_vocabulary(self._library, self._settings["source"]).texts[k] for k in ids.tolist()]
        source, target = self._sides
        mapped = adapter.map_words(source.table[ids.to(source.table.device)].unsqueeze(2), 1)
        assert mapped is not None  # words of one token are in every adapter
        places = {OWN: text_means(target.tokenizer, target.table, texts), "": mapped[:, :, 0]}
        found = []
        for name, image in self.images.items():
            pictures, parts = {name: image}, {"": slice(None)}
            target_key = self._settings["target"]
            orders = carried_orders(self._library, target_key, pictures, texts, places, parts, progress, self._encoded)
            found.append(orders[""][""].share)
        return found
