"""One spider a platform; what they share is in ``base.py``, what a run asks for in ``query.py`` and ``wanted.py``."""
