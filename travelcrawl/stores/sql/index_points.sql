-- What the insert trigger of the spatial index does, for all rows after one.
INSERT INTO rtree_{layer}_geom
SELECT fid, lon, lon, lat, lat FROM {layer} WHERE fid > ? AND geom IS NOT NULL
