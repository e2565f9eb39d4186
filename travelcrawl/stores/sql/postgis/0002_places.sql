-- What matching makes of listings: places and links; pairs, parts and people's decisions; and what waits to be matched.

CREATE TABLE places (
    place text NOT NULL,
    name text,
    name_en text,
    category_class text,
    level text,
    address text,
    province text,
    city text,
    district text,
    adcode text,
    lon double precision,
    lat double precision,
    phones jsonb,
    website text,
    opening_hours text,
    rating double precision,
    review_count bigint,
    price double precision,
    currency text,
    price_for text,
    status text,
    platforms jsonb,
    listings bigint,
    confidence double precision,
    sources jsonb,
    merged_into text,
    founded_at timestamptz,
    updated_at timestamptz,
    geom geography(Point, 4326) GENERATED ALWAYS AS (
        CASE WHEN lon IS NOT NULL AND lat IS NOT NULL THEN ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography END
    ) STORED,
    PRIMARY KEY (place)
);

CREATE TABLE links (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    place text,
    score double precision,
    evidence jsonb,
    model text,
    decided_by text,
    decided_at timestamptz,
    since timestamptz,
    home text,
    PRIMARY KEY (platform, ref)
);

CREATE TABLE pairs (
    platform_a text COLLATE "C" NOT NULL,
    ref_a text COLLATE "C" NOT NULL,
    platform_b text COLLATE "C" NOT NULL,
    ref_b text COLLATE "C" NOT NULL,
    score double precision,
    evidence jsonb,
    model text,
    area text,
    PRIMARY KEY (platform_a, ref_a, platform_b, ref_b)
);

CREATE TABLE parts (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    part_platform text COLLATE "C" NOT NULL,
    part_ref text COLLATE "C" NOT NULL,
    area text,
    PRIMARY KEY (platform, ref, part_platform, part_ref)
);

CREATE TABLE decisions (
    platform_a text COLLATE "C" NOT NULL,
    ref_a text COLLATE "C" NOT NULL,
    platform_b text COLLATE "C" NOT NULL,
    ref_b text COLLATE "C" NOT NULL,
    same boolean,
    decided_by text,
    decided_at timestamptz,
    score double precision,
    PRIMARY KEY (platform_a, ref_a, platform_b, ref_b)
);

CREATE TABLE waiting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    step text NOT NULL,
    platform text COLLATE "C",
    ref text COLLATE "C",
    area text,
    lon double precision,
    lat double precision,
    adcode text
);

CREATE INDEX places_geom ON places USING gist (geom);
CREATE INDEX places_merged ON places (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX links_place ON links (place);
CREATE INDEX links_home ON links (home) WHERE home IS NOT NULL;
CREATE INDEX pairs_b ON pairs (platform_b, ref_b);
CREATE INDEX pairs_area ON pairs (area);
CREATE INDEX parts_part ON parts (part_platform, part_ref);
CREATE INDEX parts_area ON parts (area);
CREATE INDEX decisions_b ON decisions (platform_b, ref_b);
CREATE INDEX waiting_areas ON waiting (area) WHERE step = 'area';
CREATE INDEX waiting_groups ON waiting (id) WHERE step IN ('group', 'fuse');
CREATE INDEX listings_placeless ON listings (adcode) WHERE lon IS NULL;

-- A listing that is new, or of which something changed that tells which place it is, waits in the transaction that wrote it: then
-- no kill can part the two. What changed otherwise, and a new price, only waits to be taken over into its place.
CREATE FUNCTION wait_for_matching() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO waiting (step, platform, ref, lon, lat, adcode)
    SELECT 'changed', platform, ref, lon, lat, adcode FROM written;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION wait_for_matching IS 'Let new listings wait for matching';

CREATE FUNCTION wait_for_matching_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO waiting (step, platform, ref, lon, lat, adcode)
    SELECT
        CASE WHEN tells THEN 'changed' ELSE 'fuse' END, platform, ref,
        CASE WHEN tells THEN place.lon END, CASE WHEN tells THEN place.lat END, CASE WHEN tells THEN place.adcode END
    FROM (
        SELECT
            written.platform, written.ref, written.lon, written.lat, written.adcode,
            replaced.lon AS old_lon, replaced.lat AS old_lat, replaced.adcode AS old_adcode,
            (written.name, written.address, written.category, written.category_class, written.lon, written.lat,
                written.adcode, written.phones, written.website)
            IS DISTINCT FROM
            (replaced.name, replaced.address, replaced.category, replaced.category_class, replaced.lon, replaced.lat,
                replaced.adcode, replaced.phones, replaced.website) AS tells
        FROM written
        JOIN replaced USING (platform, ref)
        WHERE written.content_hash <> replaced.content_hash
    ) AS changed
    CROSS JOIN LATERAL (
        SELECT changed.lon, changed.lat, changed.adcode
        UNION
        SELECT old_lon, old_lat, old_adcode WHERE tells
    ) AS place;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION wait_for_matching_again IS 'Let listings that changed wait for matching, where they were and where they are';

CREATE FUNCTION wait_for_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO waiting (step, platform, ref) SELECT DISTINCT 'fuse', platform, ref FROM written;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION wait_for_price IS 'Let listings that have a new price wait to be taken over into their places';

CREATE TRIGGER listings_wait AFTER INSERT ON listings
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION wait_for_matching();
CREATE TRIGGER listings_wait_again AFTER UPDATE ON listings
REFERENCING OLD TABLE AS replaced NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION wait_for_matching_again();
CREATE TRIGGER offers_wait AFTER INSERT ON offers
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION wait_for_price();

CREATE VIEW same_place AS
SELECT links.place, listings.platform, listings.ref, listings.name, listings.rating, listings.lon, listings.lat, links.score
FROM links
JOIN listings USING (platform, ref);
COMMENT ON VIEW same_place IS 'The listings of each place, across platforms';

CREATE VIEW current_places AS
SELECT * FROM places WHERE merged_into IS NULL;
COMMENT ON VIEW current_places IS 'Places that have not become part of others';

CREATE VIEW place_parts AS
SELECT whole.place, part.place AS part
FROM parts
JOIN links AS whole USING (platform, ref)
JOIN links AS part ON part.platform = parts.part_platform AND part.ref = parts.part_ref
WHERE whole.place <> part.place
UNION
SELECT whole.place, part.place
FROM listings
JOIN links AS whole ON whole.platform = listings.platform AND whole.ref = listings.parent
JOIN links AS part ON part.platform = listings.platform AND part.ref = listings.ref
WHERE whole.place <> part.place;
COMMENT ON VIEW place_parts IS 'Places that are parts of others (car parks, gates, bars), by their names or as their platform says';

CREATE FUNCTION standing_place(id text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(merged_into, place) FROM places WHERE place = id
$$;
COMMENT ON FUNCTION standing_place IS 'The place that an id stands for now: itself, or what it became part of';

COMMENT ON TABLE places IS 'The real things, each one or more listings';
COMMENT ON COLUMN places.place IS 'Id of the place: a UUID that stays';
COMMENT ON COLUMN places.name IS 'Its name; whose, says sources';
COMMENT ON COLUMN places.name_en IS 'The name in Latin script, where the platform gives one apart.';
COMMENT ON COLUMN places.category_class IS 'The shared class (enhance): see travelcrawl/pipelines/categories.csv.';
COMMENT ON COLUMN places.level IS 'Official class: 5A of a sight, stars of a hotel.';
COMMENT ON COLUMN places.address IS 'Street address as one line, without the country.';
COMMENT ON COLUMN places.province IS 'Province, in Chinese (四川省).';
COMMENT ON COLUMN places.city IS 'City, in Chinese (成都市).';
COMMENT ON COLUMN places.district IS 'District or county, in Chinese (锦江区).';
COMMENT ON COLUMN places.adcode IS 'GB/T 2260 code of the district, six digits; of the city or province where no finer one is known.';
COMMENT ON COLUMN places.lon IS 'Longitude, degrees, WGS-84 (clean).';
COMMENT ON COLUMN places.lat IS 'Latitude, degrees, WGS-84 (clean).';
COMMENT ON COLUMN places.phones IS 'Phone numbers; E.164 after clean.';
COMMENT ON COLUMN places.website IS 'The place''s own site.';
COMMENT ON COLUMN places.opening_hours IS 'When it is open: the OSM opening_hours form where clean can tell, else the source''s text.';
COMMENT ON COLUMN places.rating IS 'Mean rating, 0-5 (clean).';
COMMENT ON COLUMN places.review_count IS 'How many reviews the platform says it has.';
COMMENT ON COLUMN places.price IS 'The newest price of any of its listings, in currency';
COMMENT ON COLUMN places.currency IS 'ISO 4217 code of price';
COMMENT ON COLUMN places.price_for IS 'What price is for: ticket, per_head, room, product';
COMMENT ON COLUMN places.status IS 'open, closed (for good), suspended, gone (the platform removed it).';
COMMENT ON COLUMN places.platforms IS 'Platforms that list it';
COMMENT ON COLUMN places.listings IS 'How many listings it has';
COMMENT ON COLUMN places.confidence IS 'How sure that its listings are one place, 0-1: mean score of their pairs';
COMMENT ON COLUMN places.sources IS 'Field → platform/ref of the listings it is taken from';
COMMENT ON COLUMN places.merged_into IS 'Id of the place it became part of; such a row says no more than that';
COMMENT ON COLUMN places.founded_at IS 'When it came to be, UTC';
COMMENT ON COLUMN places.updated_at IS 'When it last changed, UTC';
COMMENT ON COLUMN places.geom IS 'lon and lat as a point, WGS-84';
COMMENT ON TABLE links IS 'Which listing is which place, and how it is known';
COMMENT ON COLUMN links.platform IS 'Platform of the listing';
COMMENT ON COLUMN links.ref IS 'ref of the listing';
COMMENT ON COLUMN links.place IS 'Id of the place';
COMMENT ON COLUMN links.score IS 'How sure, 0-1, by its best pair within the place; NULL where it is alone';
COMMENT ON COLUMN links.evidence IS 'That pair: with, and features → what each added to the log-odds';
COMMENT ON COLUMN links.model IS 'Version of the model that decided';
COMMENT ON COLUMN links.decided_by IS 'model, or the person who said so';
COMMENT ON COLUMN links.decided_at IS 'When, UTC';
COMMENT ON COLUMN links.since IS 'When the listing came to this place, UTC';
COMMENT ON COLUMN links.home IS 'Id of the place it had been in for a week or more before, where it has moved since';
COMMENT ON TABLE pairs IS 'Listings of two platforms that may be one place; scores below 0.25 are not kept';
COMMENT ON COLUMN pairs.platform_a IS 'Platform of the listing with the lesser key';
COMMENT ON COLUMN pairs.ref_a IS 'Its ref';
COMMENT ON COLUMN pairs.platform_b IS 'Platform of the other listing';
COMMENT ON COLUMN pairs.ref_b IS 'Its ref';
COMMENT ON COLUMN pairs.score IS 'How sure that they are one place, 0-1, calibrated';
COMMENT ON COLUMN pairs.evidence IS 'Feature → what it added to the log-odds, when the pair came to its score';
COMMENT ON COLUMN pairs.model IS 'Version of the model that scored it';
COMMENT ON COLUMN pairs.area IS 'Area it was scored in';
COMMENT ON TABLE parts IS 'Listings that are parts of something greater: a hotel''s car park, gate or bar';
COMMENT ON COLUMN parts.platform IS 'Platform of the whole';
COMMENT ON COLUMN parts.ref IS 'ref of the whole';
COMMENT ON COLUMN parts.part_platform IS 'Platform of the part';
COMMENT ON COLUMN parts.part_ref IS 'ref of the part';
COMMENT ON COLUMN parts.area IS 'Area it was found in';
COMMENT ON TABLE decisions IS 'What people say of two listings; it wins over every score, for ever';
COMMENT ON COLUMN decisions.platform_a IS 'Platform of the listing with the lesser key';
COMMENT ON COLUMN decisions.ref_a IS 'Its ref';
COMMENT ON COLUMN decisions.platform_b IS 'Platform of the other listing';
COMMENT ON COLUMN decisions.ref_b IS 'Its ref';
COMMENT ON COLUMN decisions.same IS 'One place, or never one';
COMMENT ON COLUMN decisions.decided_by IS 'Who said so';
COMMENT ON COLUMN decisions.decided_at IS 'When, UTC';
COMMENT ON COLUMN decisions.score IS 'What the model said then';
COMMENT ON TABLE waiting IS 'What has to be matched or taken over, in the order it came';
COMMENT ON COLUMN waiting.id IS 'In which order';
COMMENT ON COLUMN waiting.step IS 'changed: its areas are to be found; area: to be scored; group: to be put into a place; fuse: only its place''s fields';
COMMENT ON COLUMN waiting.platform IS 'Platform of the listing';
COMMENT ON COLUMN waiting.ref IS 'ref of the listing';
COMMENT ON COLUMN waiting.area IS 'Area to be scored';
COMMENT ON COLUMN waiting.lon IS 'Longitude where it is or was, degrees, WGS-84';
COMMENT ON COLUMN waiting.lat IS 'Latitude, degrees, WGS-84';
COMMENT ON COLUMN waiting.adcode IS 'adcode where it is or was';
