-- Parts, and the wholes of parts, of some listings.
SELECT {columns}
FROM {keys} AS wanted
CROSS JOIN parts
WHERE parts.platform = wanted.platform AND parts.ref = wanted.ref
UNION
SELECT {columns}
FROM {keys} AS wanted
CROSS JOIN parts
WHERE parts.part_platform = wanted.platform AND parts.part_ref = wanted.ref
