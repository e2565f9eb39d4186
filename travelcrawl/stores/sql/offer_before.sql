-- The last offer of a series at or before a time; where all are later (two crawls at once), the first of them.
SELECT content_hash, seen_at, last_seen < :started
FROM offers
WHERE platform = :platform AND ref = :ref AND what = :what
    AND ifnull(stay_from, '') = :stay_from AND ifnull(stay_to, '') = :stay_to
    AND seen_at = coalesce(
        (
            SELECT max(seen_at) FROM offers
            WHERE platform = :platform AND ref = :ref AND what = :what
                AND ifnull(stay_from, '') = :stay_from AND ifnull(stay_to, '') = :stay_to AND seen_at <= :seen_at
        ),
        (
            SELECT min(seen_at) FROM offers
            WHERE platform = :platform AND ref = :ref AND what = :what
                AND ifnull(stay_from, '') = :stay_from AND ifnull(stay_to, '') = :stay_to
        )
    )
ORDER BY fid DESC
LIMIT 1
