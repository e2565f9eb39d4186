"""Requests waiting: leased to workers, acked when what they gave is durable, kept apart when they are given up."""
