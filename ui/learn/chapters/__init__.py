"""The chapters of the lesson: each module declares one as ``CHAPTER``."""
