"""What every floor may use: errors, checks, progress, files, pictures.

``UserError``     what is wrong with an input, and what to do
``Progress``      a report of the share done and of what is being done
``Cancelled``     a job was asked to stop
``open_picture``  a picture from a file or from bytes
``cache_dir``     where models, adapters and word tables are kept
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
