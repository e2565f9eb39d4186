SELECT {columns}
FROM {ids} AS wanted
CROSS JOIN places
WHERE places.place = wanted.id
