from .frequency import from_frequency as from_frequency
from .frequency import to_frequency as to_frequency
from .product import tidentity as tidentity
from .product import tprod as tprod
from .product import ttranspose as ttranspose
from .solve import tlstsq as tlstsq
from .solve import tpinv as tpinv
from .solve import tsolve_normal as tsolve_normal
