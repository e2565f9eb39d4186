-- What waits to be matched, and the keys of what matching writes. As 0002_places.sql of PostGIS has it.
CREATE UNIQUE INDEX places_key ON places (place);
CREATE INDEX places_merged ON places (merged_into) WHERE merged_into IS NOT NULL;
CREATE UNIQUE INDEX links_key ON links (platform, ref);
CREATE INDEX links_place ON links (place);
CREATE INDEX links_home ON links (home) WHERE home IS NOT NULL;
CREATE UNIQUE INDEX pairs_key ON pairs (platform_a, ref_a, platform_b, ref_b);
CREATE INDEX pairs_b ON pairs (platform_b, ref_b);
CREATE INDEX pairs_area ON pairs (area);
CREATE UNIQUE INDEX parts_key ON parts (platform, ref, part_platform, part_ref);
CREATE INDEX parts_part ON parts (part_platform, part_ref);
CREATE INDEX parts_area ON parts (area);
CREATE UNIQUE INDEX decisions_key ON decisions (platform_a, ref_a, platform_b, ref_b);
CREATE INDEX decisions_b ON decisions (platform_b, ref_b);
CREATE INDEX listings_placeless ON listings (adcode) WHERE lon IS NULL;

CREATE TABLE waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    step TEXT NOT NULL, platform TEXT, ref TEXT, area TEXT, lon REAL, lat REAL, adcode TEXT
);
CREATE INDEX waiting_areas ON waiting (area) WHERE step = 'area';
CREATE INDEX waiting_groups ON waiting (id) WHERE step IN ('group', 'fuse');

CREATE TRIGGER listings_wait AFTER INSERT ON listings BEGIN
    INSERT INTO waiting (step, platform, ref, lon, lat, adcode)
    VALUES ('changed', new.platform, new.ref, new.lon, new.lat, new.adcode);
END;

CREATE TRIGGER listings_wait_again AFTER UPDATE ON listings
WHEN new.content_hash <> old.content_hash AND (
    new.name IS NOT old.name OR new.address IS NOT old.address OR new.category IS NOT old.category
    OR new.category_class IS NOT old.category_class OR new.lon IS NOT old.lon OR new.lat IS NOT old.lat
    OR new.adcode IS NOT old.adcode OR new.phones IS NOT old.phones OR new.website IS NOT old.website
) BEGIN
    INSERT INTO waiting (step, platform, ref, lon, lat, adcode)
    SELECT 'changed', new.platform, new.ref, new.lon, new.lat, new.adcode
    UNION
    SELECT 'changed', new.platform, new.ref, old.lon, old.lat, old.adcode;
END;

CREATE TRIGGER listings_fuse AFTER UPDATE ON listings
WHEN new.content_hash <> old.content_hash AND (
    new.name IS old.name AND new.address IS old.address AND new.category IS old.category
    AND new.category_class IS old.category_class AND new.lon IS old.lon AND new.lat IS old.lat
    AND new.adcode IS old.adcode AND new.phones IS old.phones AND new.website IS old.website
) BEGIN
    INSERT INTO waiting (step, platform, ref) VALUES ('fuse', new.platform, new.ref);
END;

CREATE TRIGGER offers_wait AFTER INSERT ON offers BEGIN
    INSERT INTO waiting (step, platform, ref) VALUES ('fuse', new.platform, new.ref);
END;
