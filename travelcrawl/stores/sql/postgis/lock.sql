-- One writer a platform at a time, always in the same order: a merge is a read and a write, and no two may interleave.
SELECT pg_advisory_xact_lock(hashtextextended('travelcrawl ' || platform, 0))
FROM (SELECT platform FROM unnest(%s::text[]) AS platform ORDER BY platform) AS ordered
