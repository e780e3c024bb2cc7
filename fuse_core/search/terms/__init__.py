"""Kinds of further terms an objective may have, one file each (``TERM``)."""
