-- :seen is a JSON object of ref and time. An upsert, because UPDATE … FROM goes through the table (2026-11-22).
INSERT INTO {layer} (platform, ref, last_seen)
SELECT :platform, key, value FROM json_each(:seen) WHERE true
ON CONFLICT (platform, ref) DO UPDATE SET last_seen = max(last_seen, excluded.last_seen)
