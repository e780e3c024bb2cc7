"""Words: the unit that both tokenizers of a pair agree on."""
