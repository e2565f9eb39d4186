-- One writer a lane of a platform at a time, always in the same order: a merge is a read and a write, and no two may interleave.
SELECT pg_advisory_xact_lock(hashtextextended('travelcrawl ' || lane, 0))
FROM (SELECT lane FROM unnest(%s::text[]) AS lane ORDER BY lane) AS ordered
