"""One file a model: its ``ENTRY``, what is peculiar to it, and how it is loaded. ``catalog`` finds the files here."""
