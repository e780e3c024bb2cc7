"""A pair of models whose map is known, and how well a fit finds it."""
