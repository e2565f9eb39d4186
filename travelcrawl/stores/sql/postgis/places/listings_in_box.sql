-- The envelope is a little wider than the box: its sides are great circles.
SELECT {columns}
FROM listings
WHERE geom && ST_MakeEnvelope({west} - 0.001, {south} - 0.001, {east} + 0.001, {north} + 0.001, 4326)::geography
    AND lon BETWEEN {west} AND {east} AND lat BETWEEN {south} AND {north}
