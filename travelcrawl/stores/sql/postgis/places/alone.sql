-- One at a time puts listings into places: what it decides on and what it writes may reach over many areas. It takes milliseconds.
SELECT pg_advisory_xact_lock(hashtextextended('travelcrawl places', 0))
