from .protocols import CausalModel as CausalModel
from .protocols import EmbeddingModel as EmbeddingModel
from .protocols import ImageTextModel as ImageTextModel
from .protocols import TextClassifier as TextClassifier
from .protocols import TextEncoder as TextEncoder
from .protocols import TextReader as TextReader
