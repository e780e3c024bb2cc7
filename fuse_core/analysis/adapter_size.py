"""Storage of an adapter (FUSE, arXiv 2408.04816) in closed form, before any fit."""

from __future__ import annotations

from fuse_core.adapter.map import Bucketing, bucket_key, has_first_token_block


def adapter_bytes(
    bucketing: Bucketing,
    d_src: int,
    d_tgt: int,
    max_tokens: int,
    separate_first: bool = True,
    bytes_per_number: int = 4,
) -> int:
    """Bytes of an adapter none of whose buckets is empty.

    Parameters
    ----------
    d_src, d_tgt : int
        Widths of the embeddings.
    max_tokens : int
        L, the longest word in tokens.
    separate_first : bool
        Under ``pair``, first tokens have channels of their own: ``2 d_src`` rows from two source tokens on.
    bytes_per_number : int
        4 for float32.

    Notes
    -----
    A map has ``d_src d_tgt l`` numbers, ``l = max(i, j)``. In units of ``d_src d_tgt`` that is ``L (L + 1) / 2``
    under ``target``; ``S = L (L + 1) (4 L - 1) / 6`` under ``pair``, and ``2 S - L (L + 1) / 2`` with separate first
    tokens: quadratic against cubic in L.
    """
    lengths = range(1, max_tokens + 1)
    slots = {bucket_key(bucketing, i, j): max(bucket_key(bucketing, i, j)) for i in lengths for j in lengths}
    units = sum(l * (2 if has_first_token_block(bucketing, separate_first, i) else 1) for (i, _), l in slots.items())
    return units * d_src * d_tgt * bytes_per_number
