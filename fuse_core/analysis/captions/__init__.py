"""Captions judged from outside: against references that people wrote, by measures that no objective holds."""
