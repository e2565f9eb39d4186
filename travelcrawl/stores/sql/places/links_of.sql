SELECT {columns}
FROM {keys} AS wanted
CROSS JOIN links
WHERE links.platform = wanted.platform AND links.ref = wanted.ref
