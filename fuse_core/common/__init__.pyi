from .errors import UserError as UserError
from .pictures import open_picture as open_picture
from .progress import Cancelled as Cancelled
from .progress import Progress as Progress
from .storage import cache_dir as cache_dir
