-- One row for a whole batch: each row fetched hands the interpreter's lock to and fro between writer and event loop.
-- :refs is a JSON list. The join goes from it to the key's index, never through the table.
SELECT json_group_array(json_array(ref, content_hash, last_seen < :started))
FROM (SELECT value AS wanted FROM json_each(:refs))
CROSS JOIN {layer} ON platform = :platform AND ref = wanted
