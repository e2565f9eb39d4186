-- Of rows with one key the first stays (ctid: as they came), as in a GeoPackage.
INSERT INTO {layer} ({stored})
SELECT {stored} FROM incoming_{layer} ORDER BY {order}, ctid
ON CONFLICT DO NOTHING
