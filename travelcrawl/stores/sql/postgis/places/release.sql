SELECT pg_advisory_unlock(hashtextextended('travelcrawl area ' || %s, 0))
