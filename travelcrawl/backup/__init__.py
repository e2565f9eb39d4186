"""Copies of a whole system, database and frontier, that can be put back into an empty one."""
