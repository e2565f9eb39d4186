UPDATE offers SET last_seen = max(last_seen, ?)
WHERE platform = ? AND ref = ? AND what = ? AND ifnull(stay_from, '') = ? AND ifnull(stay_to, '') = ?
    AND seen_at = ?
