-- Listings of an area that are not closed or gone; :adcode to :beyond is the range of its codes, :codes a JSON list.
SELECT {names} FROM {layer}
WHERE platform = :platform AND adcode >= :adcode AND adcode < :beyond
    AND (status IS NULL OR status NOT IN ('closed', 'gone'))
    AND EXISTS (SELECT 1 FROM json_each(:codes) WHERE substr(category_code, 1, length(value)) = value)
    AND (:west IS NULL OR (source_lon >= :west AND source_lon < :east AND source_lat >= :south AND source_lat < :north))
    AND NOT EXISTS (
        SELECT 1 FROM quarantine WHERE quarantine.platform = {layer}.platform AND quarantine.ref = {layer}.ref
    )
