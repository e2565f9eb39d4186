-- Beside what changed one row of what is new: as many listings again at most. One that is there no more has no position.
(SELECT id, platform, ref, lon, lat, adcode FROM waiting WHERE step = 'changed' ORDER BY id LIMIT {most})
UNION ALL
SELECT batch.id, batch.platform, batch.ref, listings.lon, listings.lat, listings.adcode
FROM (
    SELECT id, platform, unnest(refs) AS ref
    FROM (SELECT id, platform, refs FROM waiting WHERE step = 'new' ORDER BY id LIMIT 1) AS first
) AS batch
LEFT JOIN listings ON listings.platform = batch.platform AND listings.ref = batch.ref
