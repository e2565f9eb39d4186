"""Subcommands of ``scrapy``: one module each, called as the command is."""
