"""For scrapyd-deploy, which builds an egg by setup.py; everything is said in pyproject.toml."""

from setuptools import setup

setup()
