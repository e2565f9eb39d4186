-- The envelope is a little wider than the box: its sides are great circles.
SELECT
    listings.platform, listings.ref, listings.name, listings.address, listings.category, listings.category_class,
    listings.lon, listings.lat, listings.adcode, listings.city, listings.phones, listings.website
FROM listings
WHERE geom && ST_MakeEnvelope({west} - 0.001, {south} - 0.001, {east} + 0.001, {north} + 0.001, 4326)::geography
    AND lon BETWEEN {west} AND {east} AND lat BETWEEN {south} AND {north}
