-- What fudgeo does not make of a new file: the keys of the layers, and the version of the schema.
CREATE UNIQUE INDEX listings_key ON listings (platform, ref);
CREATE UNIQUE INDEX reviews_key ON reviews (platform, ref);
CREATE INDEX reviews_about ON reviews (platform, about_ref);
CREATE UNIQUE INDEX notes_key ON notes (platform, ref);
CREATE UNIQUE INDEX offers_key
    ON offers (platform, ref, what, ifnull(stay_from, ''), ifnull(stay_to, ''), seen_at, content_hash);
CREATE UNIQUE INDEX quarantine_key ON quarantine (content_hash);
CREATE UNIQUE INDEX runs_key ON runs (id);
CREATE UNIQUE INDEX tiles_key ON tiles (platform, tile, run);
CREATE INDEX listings_adcode ON listings (adcode);

CREATE TABLE travelcrawl_schema (version INTEGER NOT NULL);
INSERT INTO travelcrawl_schema VALUES (1);
