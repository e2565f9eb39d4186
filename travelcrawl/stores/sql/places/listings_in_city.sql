-- Listings of a city, of all platforms.
SELECT
    listings.platform, listings.ref, listings.name, listings.address, listings.category, listings.category_class,
    listings.lon, listings.lat, listings.adcode, listings.city, listings.phones, listings.website
FROM listings
WHERE listings.adcode >= {adcode} AND listings.adcode < {beyond}
