"""The Learn tab: a lesson in ten chapters, one file a chapter, its texts in ``assets/lessons``, a file a language."""
