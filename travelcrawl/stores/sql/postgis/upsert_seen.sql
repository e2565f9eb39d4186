INSERT INTO {layer}_seen (platform, ref, content_hash, last_seen)
SELECT platform, ref, content_hash, last_seen FROM incoming_{layer} ORDER BY platform, ref
ON CONFLICT (platform, ref) DO UPDATE SET content_hash = excluded.content_hash, last_seen = excluded.last_seen
