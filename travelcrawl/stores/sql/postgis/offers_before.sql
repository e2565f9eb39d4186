-- For each offer the last of its series at or before its time; where all are later, the first of them.
SELECT found.content_hash, found.seen_at, found.last_seen < %(started)s
FROM unnest(
    %(platform)s::text[], %(ref)s::text[], %(what)s::text[], %(stay_from)s::date[], %(stay_to)s::date[],
    %(seen_at)s::timestamptz[]
) WITH ORDINALITY AS wanted (platform, ref, what, stay_from, stay_to, seen_at, n)
LEFT JOIN LATERAL (
    SELECT content_hash, seen_at, last_seen
    FROM offers
    WHERE offers.platform = wanted.platform AND offers.ref = wanted.ref AND offers.what = wanted.what
        AND offers.stay_from IS NOT DISTINCT FROM wanted.stay_from
        AND offers.stay_to IS NOT DISTINCT FROM wanted.stay_to
    ORDER BY
        offers.seen_at <= wanted.seen_at DESC,
        greatest(offers.seen_at, wanted.seen_at) - least(offers.seen_at, wanted.seen_at)
    LIMIT 1
) AS found ON true
ORDER BY wanted.n
