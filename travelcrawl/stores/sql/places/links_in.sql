-- The links of listings that are, or were at home, in some places.
SELECT {columns}
FROM {ids} AS wanted
CROSS JOIN links
WHERE links.place = wanted.id
UNION
SELECT {columns}
FROM {ids} AS wanted
CROSS JOIN links
WHERE links.home = wanted.id
