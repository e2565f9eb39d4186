-- Listings of an area that are not closed or gone; adcode to beyond is the range of its codes.
SELECT {columns} FROM {source}
WHERE platform = %(platform)s AND adcode >= %(adcode)s AND adcode < %(beyond)s
    AND (status IS NULL OR status NOT IN ('closed', 'gone'))
    AND EXISTS (SELECT FROM unnest(%(codes)s::text[]) AS code WHERE starts_with(category_code, code))
    AND (
        %(west)s::float8 IS NULL OR (
            source_lon >= %(west)s::float8 AND source_lon < %(east)s::float8
            AND source_lat >= %(south)s::float8 AND source_lat < %(north)s::float8
        )
    )
    AND NOT EXISTS (
        SELECT FROM quarantine WHERE quarantine.platform = {layer}.platform AND quarantine.ref = {layer}.ref
    )
