UPDATE {layer}_seen SET last_seen = greatest(last_seen, wanted.seen)
FROM unnest(%(platforms)s::text[], %(refs)s::text[], %(seen)s::timestamptz[]) AS wanted (platform, ref, seen)
WHERE {layer}_seen.platform = wanted.platform AND {layer}_seen.ref = wanted.ref
