-- Extent and time of the last change of a layer, as GIS programs show them; the extent comes from the spatial index.
UPDATE gpkg_contents SET
    last_change = :now,
    min_x = (SELECT min(minx) FROM rtree_{layer}_geom),
    min_y = (SELECT min(miny) FROM rtree_{layer}_geom),
    max_x = (SELECT max(maxx) FROM rtree_{layer}_geom),
    max_y = (SELECT max(maxy) FROM rtree_{layer}_geom)
WHERE table_name = :layer
