-- :refs is a JSON list. The join goes from it to the key's index, never through the table.
SELECT ref, content_hash, last_seen < :started
FROM (SELECT value AS wanted FROM json_each(:refs))
CROSS JOIN {layer} ON platform = :platform AND ref = wanted
