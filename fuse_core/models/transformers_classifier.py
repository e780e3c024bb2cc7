"""Text classifiers from transformers, such as the RoBERTa the paper reads sentiment with."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from fuse_core.models.batching import padding_mask
from fuse_core.models.wrapped import FramedNetwork
from fuse_core.tensor.precision import widened
from fuse_core.words.tokenizer import WordTokenizer


class TransformersClassifier(FramedNetwork[nn.Module]):
    """A BERT-like ``AutoModelForSequenceClassification`` behind the ``TextClassifier`` protocol.

    Parameters
    ----------
    key : str
    network : PreTrainedModel
        Put in evaluation mode, its weights frozen.
    tokenizer : WordTokenizer
    begin, end : tuple of int
        Special tokens put around every text (RoBERTa's ``<s>`` and ``</s>``).

    Attributes
    ----------
    labels : tuple of str
        The checkpoint's label names in lower case.
    """

    def __init__(
        self, key: str, network: nn.Module, tokenizer: WordTokenizer, begin: tuple[int, ...], end: tuple[int, ...]
    ) -> None:
        super().__init__(key, network, tokenizer, begin, end)
        names: dict[int, str] = network.config.id2label  # type: ignore[union-attr, assignment]
        self.labels = tuple(names[k].lower() for k in sorted(names))

    @property
    def width(self) -> int:
        return len(self.labels)

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """Log-probabilities of the labels for input embeddings, each (tokens, d), special tokens added."""
        framed = self.framed(sequences)
        mask = padding_mask([len(s) for s in framed], framed[0].device)
        padded = pad_sequence(framed, batch_first=True)
        return widened(self.network(inputs_embeds=padded, attention_mask=mask).logits).log_softmax(-1)
