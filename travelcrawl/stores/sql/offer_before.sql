-- The last offer of a series at or before a time.
SELECT content_hash, seen_at, last_seen < ?
FROM offers
WHERE platform = ? AND ref = ? AND what = ? AND ifnull(stay_from, '') = ? AND ifnull(stay_to, '') = ?
    AND seen_at <= ?
ORDER BY seen_at DESC, fid DESC
LIMIT 1
