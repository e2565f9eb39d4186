"""One place: say which listings of different sources are the same place. Pure; usable without Scrapy.

``normalise`` → ``block`` → ``gate`` → ``features`` → ``score`` → ``context`` → ``cluster``; ``matcher`` runs them in this
order, ``files`` reads and writes the CSV forms.
"""
