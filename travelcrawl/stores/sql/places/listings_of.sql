SELECT {columns}
FROM {keys} AS wanted
CROSS JOIN listings
WHERE listings.platform = wanted.platform AND listings.ref = wanted.ref
