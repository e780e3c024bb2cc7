"""The Analyse tab: a view a module or package, found by ``registry``."""
