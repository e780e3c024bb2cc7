"""Analyses of adapters, gradients and runs."""
