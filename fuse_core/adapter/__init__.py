"""The map between two models' word tensors: fit, ridge, adjoint, file."""
