-- What differs of a batch of one platform: its place in the batch, and what is stored. What is the same only has its last_seen moved,
-- unless it was seen in this run. A last row has the places of what is the same, or nothing where that is all, as a crawl sees most
-- things again as they were. Of what is new nothing comes back: 1.7 microseconds of the server a thing in place of 2.3 (2026-11-30).
-- A thing of which another part differs is left as it was: merging asks when it was last seen.
-- Each row is looked up once, by its key, whatever the planner thinks of the table's size (LIMIT), and moved where it was found.
WITH found AS MATERIALIZED (
    SELECT
        wanted.n - 1 AS n, wanted.ref, wanted.seen, stored.at, stored.content_hash, stored.last_seen < %(started)s AS stale,
        (stored.content_hash = wanted.content_hash) IS TRUE AS same
    FROM ROWS FROM (
        json_array_elements_text(%(refs)s::json), unnest(%(hashes)s::bigint[]), json_array_elements_text(%(seen)s::json)
    ) WITH ORDINALITY AS wanted (ref, content_hash, seen, n)
    CROSS JOIN LATERAL (
        SELECT ctid AS at, content_hash, last_seen FROM {layer}_seen WHERE platform = %(platform)s AND ref = wanted.ref LIMIT 1
    ) AS stored
), moved AS (
    UPDATE {layer}_seen SET last_seen = greatest(last_seen, found.seen::timestamptz)
    FROM found
    WHERE found.same AND found.stale AND {layer}_seen.ctid = found.at
        AND found.ref NOT IN (SELECT ref FROM found WHERE NOT same)
)
SELECT n, content_hash, stale, NULL AS same FROM found WHERE NOT same
UNION ALL
SELECT NULL, NULL, NULL, CASE WHEN count(*) < %(count)s THEN coalesce(array_agg(n), '{{}}') END FROM found WHERE same
