"""The objective of a prompt: a weighted sum of losses, one file a term."""
