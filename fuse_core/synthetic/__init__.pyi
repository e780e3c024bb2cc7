from .pair import SyntheticPair as SyntheticPair
from .recovery import Recovery as Recovery
from .recovery import recover as recover
from .recovery import sweep as sweep
