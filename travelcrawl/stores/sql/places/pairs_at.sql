-- The pairs that some listings are in, from both sides.
SELECT {columns}
FROM {keys} AS wanted
CROSS JOIN pairs
WHERE pairs.platform_a = wanted.platform AND pairs.ref_a = wanted.ref
UNION
SELECT {columns}
FROM {keys} AS wanted
CROSS JOIN pairs
WHERE pairs.platform_b = wanted.platform AND pairs.ref_b = wanted.ref
