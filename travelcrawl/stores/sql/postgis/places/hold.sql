-- An area is scored by one worker at a time, or the work would be done twice; the session's end lets go of it.
SELECT pg_try_advisory_lock(hashtextextended('travelcrawl area ' || %s, 0))
