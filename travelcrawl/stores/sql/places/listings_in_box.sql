SELECT
    listings.platform, listings.ref, listings.name, listings.address, listings.category, listings.category_class,
    listings.lon, listings.lat, listings.adcode, listings.city, listings.phones, listings.website
FROM rtree_listings_geom AS box
CROSS JOIN listings
WHERE box.maxx >= {west} AND box.minx <= {east} AND box.maxy >= {south} AND box.miny <= {north} AND listings.fid = box.id
    AND listings.lon BETWEEN {west} AND {east} AND listings.lat BETWEEN {south} AND {north}
