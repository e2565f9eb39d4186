INSERT INTO listing_history (platform, ref, changed_at, run, changes)
SELECT platform, ref, changed_at, run, changes::jsonb
FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[]) AS found (platform, ref, changed_at, run, changes)
ORDER BY platform, ref
ON CONFLICT (platform, ref, changed_at) DO UPDATE SET changes = listing_history.changes || excluded.changes
