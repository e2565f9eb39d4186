UPDATE offers SET last_seen = greatest(last_seen, %s)
WHERE platform = %s AND ref = %s AND what = %s AND stay_from IS NOT DISTINCT FROM %s
    AND stay_to IS NOT DISTINCT FROM %s AND seen_at = %s
