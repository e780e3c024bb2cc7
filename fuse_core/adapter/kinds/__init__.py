"""Adapters beside the paper's, one file each: where a source token lies in the target's embedding space."""
