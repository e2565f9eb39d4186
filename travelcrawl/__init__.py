"""Collect places people travel to, from eight platforms, into one clean store."""
