"""FUSE adapters: t-linear maps between two models' word tensors, their fit and their adjoint.

``fit_adapter``     fit every bucket's map by least squares
``FitOptions``      settings of a fit
``VocabularySide``  a model's tokenizer and embedding table
``Adapter``         the fitted maps ``M_ij`` of a pair
``AdapterInfo``     what an adapter was fitted on
``BucketReport``    how one bucket's fit went
``apply_map``       the map ``X * M``
``vjp_map``         its adjoint ``G * M'``
``vjp_text``        pull a whole text's gradient back
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
