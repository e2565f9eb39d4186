SELECT {columns}
FROM {source}
JOIN unnest(%(platforms)s::text[], %(refs)s::text[]) AS wanted (platform, ref) USING (platform, ref)
