-- Whether a city has listings without a position.
SELECT 1 FROM listings WHERE lon IS NULL AND adcode >= {adcode} AND adcode < {beyond} LIMIT 1
