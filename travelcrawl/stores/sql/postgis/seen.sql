UPDATE {layer}_seen SET last_seen = greatest(last_seen, wanted.seen::timestamptz)
FROM ROWS FROM (json_array_elements_text(%(refs)s::json), json_array_elements_text(%(seen)s::json)) AS wanted (ref, seen)
WHERE {layer}_seen.platform = %(platform)s AND {layer}_seen.ref = wanted.ref
