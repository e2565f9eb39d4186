SELECT {columns}
FROM {source}
JOIN json_array_elements_text(%(refs)s::json) AS wanted (ref) USING (ref)
WHERE platform = %(platform)s
