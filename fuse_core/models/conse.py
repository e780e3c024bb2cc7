"""An image-text model without CLIP: an ImageNet classifier's knowledge carried into a sentence encoder's space.

Two readings of a picture are mixed:

- ConSE (Norouzi et al. 2014): the mean of the class texts' embeddings, weighted by the top class probabilities. Sure
  where the picture shows an ImageNet class, lost elsewhere.
- A closed-form ridge map from the classifier's weight vectors to the class texts' embeddings, applied to the
  picture's features: vaguer, but it generalises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from fuse_core.common.artefacts import ArtefactStore
from fuse_core.models.image_classifier import ImageClassifier
from fuse_core.models.protocols import TextEncoder
from fuse_core.models.readings import kept_readings
from fuse_core.tensor.precision import algebra_device

TOP_CLASSES = 10
RIDGE = 10.0
TEMPLATE = "an image of a {}"
NAMES = 2  # synonyms of a class that are read


class ConseModel:
    """A classifier and a sentence encoder behind the ``ImageTextModel`` protocol.

    Parameters
    ----------
    classifier : ImageClassifier
    text : TextEncoder
        Its vectors are the joint space.
    vectors : Tensor, shape = (texts, width)
        The encoder's readings of ``class_texts``.

    Notes
    -----
    Construction solves one ``features x features`` system.
    """

    def __init__(self, classifier: ImageClassifier, text: TextEncoder, vectors: Tensor) -> None:
        self.classifier = classifier
        self.text = text
        self.key = text.key
        self.tokenizer = text.tokenizer
        self.class_vectors = class_means(classifier, vectors)  # (classes, width)
        self.centre = self.class_vectors.mean(0)
        self.map = ridge_map(classifier.weight, self.class_vectors - self.centre)  # (features, width)

    def to(self, device: torch.device) -> Self:
        """Move the weights to a device, in place."""
        self.text.to(device)
        self.classifier = self.classifier.to(device)
        self.class_vectors, self.centre, self.map = (t.to(device) for t in (self.class_vectors, self.centre, self.map))
        return self

    @property
    def embedding_table(self) -> Tensor:
        return self.text.embedding_table

    @property
    def max_length(self) -> int:
        return self.text.max_length

    @property
    def weights_digest(self) -> str:
        """Of what texts are read with; pictures have no part in that."""
        return self.text.weights_digest

    def encode_ids(self, ids: Sequence[Sequence[int]]) -> Tensor:
        return self.text.encode_ids(ids)

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        return self.text.encode_embeddings(sequences)

    def encode_image(self, image: Image.Image) -> Tensor:
        """Unit vector of an RGB picture, shape = (width,): the surer the classifier, the more ConSE counts."""
        features = self.classifier.features(image)
        probabilities = self.classifier.probabilities(features)
        top, classes = probabilities.topk(min(TOP_CLASSES, len(probabilities)))
        conse = F.normalize((top.unsqueeze(1) * self.class_vectors[classes]).sum(0), dim=0)
        linear = F.normalize(self.centre + self.read_features(features), dim=0)
        trust = top[0]
        return F.normalize(trust * conse + (1 - trust) * linear, dim=0)

    def read_features(self, features: Tensor) -> Tensor:
        """The ridge map's reading of features, relative to the mean class text; shape = (width,)."""
        reading = (features / features.norm()) @ self.map
        return reading / reading.norm() * (self.class_vectors - self.centre).norm(dim=1).mean()


def class_texts(classifier: ImageClassifier, template: str = TEMPLATE) -> list[str]:
    """The texts that stand for the classes: of each its first names, in order."""
    return [template.format(name) for names in classifier.class_names for name in names[:NAMES]]


def load_conse(classifier: ImageClassifier, text: TextEncoder, store: ArtefactStore) -> ConseModel:
    """The model, its class texts read once (two seconds on two cores) and kept."""
    return ConseModel(classifier, text, kept_readings(store, "classes", text, class_texts(classifier)))


def class_means(classifier: ImageClassifier, vectors: Tensor) -> Tensor:
    """Unit vectors of the classes, shape = (classes, width): the directions of the means of their texts' vectors."""
    owners = torch.tensor([k for k, names in enumerate(classifier.class_names) for _ in names[:NAMES]])
    sums = vectors.new_zeros(len(classifier.class_names), vectors.shape[1])
    sums.index_add_(0, owners.to(vectors.device), vectors)
    return F.normalize(sums, dim=-1)


def ridge_map(weight: Tensor, texts: Tensor) -> Tensor:
    """Ridge regression from unit-length weight rows (classes, features) to texts (classes, width), beside the texts."""
    where = algebra_device(texts.device)
    rows = F.normalize(weight.to(where).double(), dim=1)
    gram = rows.T @ rows + RIDGE * torch.eye(rows.shape[1], dtype=rows.dtype, device=rows.device)
    return torch.linalg.solve(gram, rows.T @ texts.to(where).double()).to(weight.dtype).to(texts.device)
