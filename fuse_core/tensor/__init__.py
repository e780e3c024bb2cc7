"""The t-product algebra on real third-order tensors."""
