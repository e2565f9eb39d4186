"""Downloader middlewares: thin glue over the policies of ``access/``, one file a concern."""
