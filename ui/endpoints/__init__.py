"""Endpoints for programs: what the command line can do, each module one of them."""
