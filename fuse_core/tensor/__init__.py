"""The t-product algebra on real third-order tensors (n, m, l).

``tprod``           t-product ``A * B``
``ttranspose``      t-transpose ``A'``
``tidentity``       the product's identity ``I``
``tpinv``           pseudoinverse ``A⁺``
``tlstsq``          least squares ``A⁺ * B``, with or without a ridge
``tsolve_normal``   the same from normal equations
``gram_pinv``       ``(A' A)⁺`` of a tall matrix
``to_frequency``    one matrix a frequency, by a DFT along the slots
``from_frequency``  its inverse
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
