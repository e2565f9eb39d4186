UPDATE {layer}_seen SET content_hash = incoming.content_hash, last_seen = incoming.last_seen
FROM incoming_{layer} AS incoming
WHERE {layer}_seen.platform = incoming.platform AND {layer}_seen.ref = incoming.ref
