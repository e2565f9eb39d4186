-- What people said of some listings, from both sides.
SELECT {columns}
FROM {keys} AS wanted
CROSS JOIN decisions
WHERE decisions.platform_a = wanted.platform AND decisions.ref_a = wanted.ref
UNION
SELECT {columns}
FROM {keys} AS wanted
CROSS JOIN decisions
WHERE decisions.platform_b = wanted.platform AND decisions.ref_b = wanted.ref
