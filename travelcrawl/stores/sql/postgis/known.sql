SELECT platform, ref, content_hash, last_seen < %(started)s
FROM {layer}_seen
JOIN unnest(%(platforms)s::text[], %(refs)s::text[]) AS wanted (platform, ref) USING (platform, ref)
