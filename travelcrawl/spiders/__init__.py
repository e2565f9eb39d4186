"""One spider a platform; what they share is in ``base.py``."""
