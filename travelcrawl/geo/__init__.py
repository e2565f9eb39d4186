"""Where things are: datums, cities, administrative divisions."""
