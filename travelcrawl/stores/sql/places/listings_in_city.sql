-- Listings of a city, a platform at a time, as the index has them; the platforms are found by going from one to the next in it.
WITH RECURSIVE known (platform) AS (
    SELECT min(platform) FROM listings
    UNION ALL
    SELECT (SELECT min(later.platform) FROM listings AS later WHERE later.platform > known.platform)
    FROM known
    WHERE known.platform IS NOT NULL
)
SELECT
    listings.platform, listings.ref, listings.name, listings.address, listings.category, listings.category_class,
    listings.lon, listings.lat, listings.adcode, listings.city, listings.phones, listings.website
FROM known
CROSS JOIN listings
WHERE listings.platform = known.platform AND listings.adcode >= {adcode} AND listings.adcode < {beyond}
