INSERT INTO {layer} ({stored})
SELECT {stored} FROM incoming_{layer} ORDER BY {order}
ON CONFLICT (platform, ref) DO UPDATE SET {assignments}
WHERE {layer}.content_hash IS DISTINCT FROM excluded.content_hash
