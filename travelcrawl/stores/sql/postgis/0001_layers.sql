-- The layers of the store, as stores/layers.py has them, with what a database can add: geography, indexes,
-- partitions, history. Times are timestamptz (UTC); positions are WGS-84 degrees.
-- When a listing, review or note was last seen is apart, in a narrow table beside each, so that seeing it again unchanged writes
-- nothing wide and touches no index but the one it is found by. Fillfactor 45 there keeps the new version on the page of the old
-- one, which goes with the next visit; 80 leaves the same room for rows whose content changes.
-- Keys and codes are compared byte by byte (COLLATE "C"), whatever the database's language: nobody reads them in order, and all
-- comparisons of two keys must be of one kind. The primary keys begin with ref, which alone tells most keys apart.
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE listings (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    url text,
    name text,
    name_en text,
    aliases jsonb,
    category text,
    category_code text,
    category_class text,
    address text,
    province text,
    city text,
    district text,
    adcode text COLLATE "C",
    source_lon double precision,
    source_lat double precision,
    datum text,
    lon double precision,
    lat double precision,
    phones jsonb,
    website text,
    opening_hours text,
    source_rating double precision,
    rating_scale double precision,
    rating double precision,
    review_count bigint,
    level text,
    summary text,
    tags jsonb,
    photos jsonb,
    parent text COLLATE "C",
    status text,
    hidden jsonb,
    h3 text,
    quality double precision,
    content_hash bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_changed timestamptz NOT NULL,
    run text,
    origins jsonb,
    geom geography(Point, 4326) GENERATED ALWAYS AS (
        CASE WHEN lon IS NOT NULL AND lat IS NOT NULL THEN ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography END
    ) STORED,
    PRIMARY KEY (ref, platform)
) WITH (fillfactor = 80);

CREATE TABLE reviews (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    about text,
    about_ref text COLLATE "C",
    author text,
    source_rating double precision,
    rating_scale double precision,
    rating double precision,
    text text,
    published_at timestamptz,
    likes bigint,
    replies bigint,
    photos jsonb,
    hidden jsonb,
    quality double precision,
    content_hash bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_changed timestamptz NOT NULL,
    run text,
    origins jsonb,
    PRIMARY KEY (ref, platform)
) PARTITION BY LIST (platform);

CREATE TABLE notes (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    url text,
    kind text,
    title text,
    text text,
    complete boolean,
    author text,
    published_at timestamptz,
    city text,
    views bigint,
    likes bigint,
    comments bigint,
    favourites bigint,
    shares bigint,
    duration double precision,
    travel_date date,
    days bigint,
    cost double precision,
    currency text,
    tags jsonb,
    photos jsonb,
    mentions jsonb,
    hidden jsonb,
    quality double precision,
    content_hash bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_changed timestamptz NOT NULL,
    run text,
    origins jsonb,
    PRIMARY KEY (ref, platform)
) WITH (fillfactor = 80);

CREATE TABLE listings_seen (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    content_hash bigint NOT NULL,
    last_seen timestamptz NOT NULL,
    PRIMARY KEY (ref, platform)
) WITH (fillfactor = 45);

CREATE TABLE reviews_seen (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    content_hash bigint NOT NULL,
    last_seen timestamptz NOT NULL,
    PRIMARY KEY (ref, platform)
) WITH (fillfactor = 45);

CREATE TABLE notes_seen (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    content_hash bigint NOT NULL,
    last_seen timestamptz NOT NULL,
    PRIMARY KEY (ref, platform)
) WITH (fillfactor = 45);

-- What is new is noted there by the server itself, in the statement that put it in: a second COPY cost 2 microseconds a listing more
-- (2026-11-29), and no other program can leave it out.
CREATE FUNCTION note_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO %I (platform, ref, content_hash, last_seen) SELECT platform, ref, content_hash, last_changed FROM written',
        TG_TABLE_NAME || '_seen'
    );
    RETURN NULL;
END $$;
COMMENT ON FUNCTION note_new IS 'Note of new rows what a writer asks: their content hash, and when they were last seen';

CREATE TRIGGER listings_noted AFTER INSERT ON listings
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_new();
CREATE TRIGGER reviews_noted AFTER INSERT ON reviews
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_new();
CREATE TRIGGER notes_noted AFTER INSERT ON notes
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_new();

CREATE TABLE offers (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    what text NOT NULL,
    amount double precision,
    currency text,
    unit text,
    lowest boolean,
    taxes_included boolean,
    stay_from date,
    stay_to date,
    hidden jsonb,
    quality double precision,
    seen_at timestamptz NOT NULL,
    content_hash bigint NOT NULL,
    last_seen timestamptz NOT NULL,
    run text,
    UNIQUE NULLS NOT DISTINCT (platform, ref, what, stay_from, stay_to, seen_at, content_hash)
) PARTITION BY RANGE (seen_at);

CREATE TABLE quarantine (
    item_type text,
    platform text COLLATE "C",
    ref text COLLATE "C",
    reasons jsonb,
    item jsonb,
    seen_at timestamptz NOT NULL,
    content_hash bigint NOT NULL,
    run text,
    PRIMARY KEY (content_hash)
);

CREATE TABLE runs (
    id text NOT NULL,
    platform text COLLATE "C",
    arguments jsonb,
    started_at timestamptz,
    ended_at timestamptz,
    outcome jsonb,
    PRIMARY KEY (id)
);

CREATE INDEX listings_geom ON listings USING gist (geom);
CREATE INDEX listings_name ON listings USING gin (lower(normalize(name, NFKC)) gin_trgm_ops);
CREATE INDEX listings_adcode ON listings (adcode);
CREATE INDEX reviews_about ON reviews (platform, about_ref);

CREATE TABLE listing_history (
    platform text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    changed_at timestamptz NOT NULL,
    run text,
    changes jsonb NOT NULL,
    PRIMARY KEY (platform, ref, changed_at)
);
CREATE TABLE tiles (
    platform text COLLATE "C" NOT NULL,
    tile text NOT NULL,
    codes jsonb,
    adcode text,
    west double precision,
    south double precision,
    east double precision,
    north double precision,
    since timestamptz,
    listings bigint,
    gone bigint,
    crawled_at timestamptz NOT NULL,
    run text NOT NULL,
    PRIMARY KEY (platform, tile, run)
);

CREATE TABLE reviews_other PARTITION OF reviews DEFAULT;
CREATE TABLE offers_other PARTITION OF offers DEFAULT;

CREATE TABLE reviews_amap PARTITION OF reviews FOR VALUES IN ('amap');
CREATE TABLE reviews_mafengwo PARTITION OF reviews FOR VALUES IN ('mafengwo');
CREATE TABLE reviews_dianping PARTITION OF reviews FOR VALUES IN ('dianping');
CREATE TABLE reviews_ctrip PARTITION OF reviews FOR VALUES IN ('ctrip');
CREATE TABLE reviews_xiaohongshu PARTITION OF reviews FOR VALUES IN ('xiaohongshu');
CREATE TABLE reviews_douyin PARTITION OF reviews FOR VALUES IN ('douyin');
CREATE TABLE reviews_weibo PARTITION OF reviews FOR VALUES IN ('weibo');
CREATE TABLE reviews_bilibili PARTITION OF reviews FOR VALUES IN ('bilibili');

COMMENT ON TABLE listings IS 'What one platform says about one place; one row a platform and ref';
COMMENT ON COLUMN listings.platform IS 'The platform''s name, as its spider is called.';
COMMENT ON COLUMN listings.ref IS 'The platform''s own id of the thing.';
COMMENT ON COLUMN listings.url IS 'The page a person would open.';
COMMENT ON COLUMN listings.name IS 'The name as the platform writes it, branch and brackets included.';
COMMENT ON COLUMN listings.name_en IS 'The name in Latin script, where the platform gives one apart.';
COMMENT ON COLUMN listings.aliases IS 'Other names the platform gives.';
COMMENT ON COLUMN listings.category IS 'The platform''s own category, levels joined by ;.';
COMMENT ON COLUMN listings.category_code IS 'The platform''s own category code.';
COMMENT ON COLUMN listings.category_class IS 'The shared class (enhance): see travelcrawl/pipelines/categories.csv.';
COMMENT ON COLUMN listings.address IS 'Street address as one line, without the country.';
COMMENT ON COLUMN listings.province IS 'Province, in Chinese (四川省).';
COMMENT ON COLUMN listings.city IS 'City, in Chinese (成都市).';
COMMENT ON COLUMN listings.district IS 'District or county, in Chinese (锦江区).';
COMMENT ON COLUMN listings.adcode IS 'GB/T 2260 code of the district, six digits; of the city or province where no finer one is known.';
COMMENT ON COLUMN listings.source_lon IS 'Longitude in degrees as the source gives it, in datum.';
COMMENT ON COLUMN listings.source_lat IS 'Latitude in degrees as the source gives it, in datum.';
COMMENT ON COLUMN listings.datum IS 'Datum of source_lon, source_lat: WGS-84, GCJ-02, BD-09; None: the platform does not say and it is not known.';
COMMENT ON COLUMN listings.lon IS 'Longitude, degrees, WGS-84 (clean).';
COMMENT ON COLUMN listings.lat IS 'Latitude, degrees, WGS-84 (clean).';
COMMENT ON COLUMN listings.phones IS 'Phone numbers; E.164 after clean.';
COMMENT ON COLUMN listings.website IS 'The place''s own site.';
COMMENT ON COLUMN listings.opening_hours IS 'When it is open: the OSM opening_hours form where clean can tell, else the source''s text.';
COMMENT ON COLUMN listings.source_rating IS 'Mean rating as the source gives it, on rating_scale.';
COMMENT ON COLUMN listings.rating_scale IS 'The best rating the source can give (5, 10, 50).';
COMMENT ON COLUMN listings.rating IS 'Mean rating, 0-5 (clean).';
COMMENT ON COLUMN listings.review_count IS 'How many reviews the platform says it has.';
COMMENT ON COLUMN listings.level IS 'Official class: 5A of a sight, stars of a hotel.';
COMMENT ON COLUMN listings.summary IS 'What the platform says about it, plain text.';
COMMENT ON COLUMN listings.tags IS 'Short labels the platform gives.';
COMMENT ON COLUMN listings.photos IS 'Addresses of pictures.';
COMMENT ON COLUMN listings.parent IS 'ref of the listing this one is part of.';
COMMENT ON COLUMN listings.status IS 'open, closed (for good), suspended, gone (the platform removed it).';
COMMENT ON COLUMN listings.hidden IS 'Names of fields the platform shows only in part or in an obfuscated font: they are None here, never guessed.';
COMMENT ON COLUMN listings.h3 IS 'H3 cell at resolution 9 (enhance).';
COMMENT ON COLUMN listings.quality IS 'Quality score 0-1 (validate); formula in docs/data.md.';
COMMENT ON COLUMN listings.content_hash IS '64-bit BLAKE2b of the merged content; a row is written where it changes';
COMMENT ON COLUMN listings.first_seen IS 'When the first part of the row was seen, UTC';
COMMENT ON COLUMN listings.last_changed IS 'When the content last changed, UTC';
COMMENT ON COLUMN listings.run IS 'Id of the run that last changed the row';
COMMENT ON COLUMN listings.origins IS 'Parts of the row that are not of its last change: seen_at, run and the fields said then; NULL: all of it is';
COMMENT ON COLUMN listings.geom IS 'lon and lat as a point, WGS-84';
COMMENT ON TABLE reviews IS 'What people say about a listing or note';
COMMENT ON COLUMN reviews.platform IS 'The platform''s name, as its spider is called.';
COMMENT ON COLUMN reviews.ref IS 'The platform''s own id of the review; where it has none, a hash of listing, author, time and text.';
COMMENT ON COLUMN reviews.about IS 'What about_ref names: listing or note.';
COMMENT ON COLUMN reviews.about_ref IS 'ref of the listing or note it is about.';
COMMENT ON COLUMN reviews.author IS 'Who: the platform''s user id, or the name where there is no id. Clean replaces it by a keyed hash; nothing else is ever stored.';
COMMENT ON COLUMN reviews.source_rating IS 'Rating as given, on rating_scale.';
COMMENT ON COLUMN reviews.rating_scale IS 'The best rating the source can give.';
COMMENT ON COLUMN reviews.rating IS 'Rating, 0-5 (clean).';
COMMENT ON COLUMN reviews.text IS 'Plain text.';
COMMENT ON COLUMN reviews.published_at IS 'When it was published.';
COMMENT ON COLUMN reviews.likes IS 'How many found it useful.';
COMMENT ON COLUMN reviews.replies IS 'How many answers it has.';
COMMENT ON COLUMN reviews.photos IS 'Addresses of pictures.';
COMMENT ON COLUMN reviews.hidden IS 'Names of fields the platform shows only in part or in an obfuscated font: they are None here, never guessed.';
COMMENT ON COLUMN reviews.quality IS 'Quality score 0-1 (validate).';
COMMENT ON COLUMN reviews.content_hash IS '64-bit BLAKE2b of the merged content; a row is written where it changes';
COMMENT ON COLUMN reviews.first_seen IS 'When the first part of the row was seen, UTC';
COMMENT ON COLUMN reviews.last_changed IS 'When the content last changed, UTC';
COMMENT ON COLUMN reviews.run IS 'Id of the run that last changed the row';
COMMENT ON COLUMN reviews.origins IS 'Parts of the row that are not of its last change: seen_at, run and the fields said then; NULL: all of it is';
COMMENT ON TABLE notes IS 'Travel notes, articles, posts and videos';
COMMENT ON COLUMN notes.platform IS 'The platform''s name, as its spider is called.';
COMMENT ON COLUMN notes.ref IS 'The platform''s own id.';
COMMENT ON COLUMN notes.url IS 'The page a person would open.';
COMMENT ON COLUMN notes.kind IS 'note, article, post or video.';
COMMENT ON COLUMN notes.title IS 'Its title, as the platform writes it.';
COMMENT ON COLUMN notes.text IS 'Plain text; as much of it as the answer holds (see complete).';
COMMENT ON COLUMN notes.complete IS 'False where the platform gives only the beginning.';
COMMENT ON COLUMN notes.author IS 'Who: the platform''s user id, or the name where there is no id. Clean replaces it by a keyed hash; nothing else is ever stored.';
COMMENT ON COLUMN notes.published_at IS 'When it was published.';
COMMENT ON COLUMN notes.city IS 'City it is about, in Chinese, where the platform says so.';
COMMENT ON COLUMN notes.views IS 'How often it was opened or played.';
COMMENT ON COLUMN notes.likes IS 'How many liked it.';
COMMENT ON COLUMN notes.comments IS 'How many comments it has.';
COMMENT ON COLUMN notes.favourites IS 'How many keep it among their favourites.';
COMMENT ON COLUMN notes.shares IS 'How often it was shared.';
COMMENT ON COLUMN notes.duration IS 'Length of a video, seconds.';
COMMENT ON COLUMN notes.travel_date IS 'First day of the journey.';
COMMENT ON COLUMN notes.days IS 'Length of the journey, days.';
COMMENT ON COLUMN notes.cost IS 'Cost of the journey per head, in currency.';
COMMENT ON COLUMN notes.currency IS 'ISO 4217 code of cost.';
COMMENT ON COLUMN notes.tags IS 'Labels and hashtags.';
COMMENT ON COLUMN notes.photos IS 'Addresses of pictures.';
COMMENT ON COLUMN notes.mentions IS 'Places it speaks of.';
COMMENT ON COLUMN notes.hidden IS 'Names of fields the platform shows only in part or in an obfuscated font: they are None here, never guessed.';
COMMENT ON COLUMN notes.quality IS 'Quality score 0-1 (validate).';
COMMENT ON COLUMN notes.content_hash IS '64-bit BLAKE2b of the merged content; a row is written where it changes';
COMMENT ON COLUMN notes.first_seen IS 'When the first part of the row was seen, UTC';
COMMENT ON COLUMN notes.last_changed IS 'When the content last changed, UTC';
COMMENT ON COLUMN notes.run IS 'Id of the run that last changed the row';
COMMENT ON COLUMN notes.origins IS 'Parts of the row that are not of its last change: seen_at, run and the fields said then; NULL: all of it is';
COMMENT ON TABLE offers IS 'Prices over time: a row where a price differs from the one before it';
COMMENT ON COLUMN offers.platform IS 'The platform''s name, as its spider is called.';
COMMENT ON COLUMN offers.ref IS 'ref of the listing it is for.';
COMMENT ON COLUMN offers.what IS 'What is sold: ticket, per_head (mean spending), room, product.';
COMMENT ON COLUMN offers.amount IS 'Price in currency; 0 is free. A page may give the source''s text (¥120起).';
COMMENT ON COLUMN offers.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN offers.unit IS 'What the amount pays for: person, night, stay, item.';
COMMENT ON COLUMN offers.lowest IS 'True where the source says *from* (起).';
COMMENT ON COLUMN offers.taxes_included IS 'True where the amount holds all taxes and fees.';
COMMENT ON COLUMN offers.stay_from IS 'First night, for a room.';
COMMENT ON COLUMN offers.stay_to IS 'Day of leaving, for a room.';
COMMENT ON COLUMN offers.hidden IS 'Names of fields the platform shows only in part or in an obfuscated font: they are None here, never guessed.';
COMMENT ON COLUMN offers.quality IS 'Quality score 0-1 (validate).';
COMMENT ON COLUMN offers.seen_at IS 'When the price was seen.';
COMMENT ON COLUMN offers.content_hash IS '64-bit BLAKE2b of the merged content; a row is written where it changes';
COMMENT ON COLUMN offers.last_seen IS 'When the row was last seen, UTC; moved once a run where nothing changed';
COMMENT ON COLUMN offers.run IS 'Id of the run that last changed the row';
COMMENT ON TABLE quarantine IS 'Items that failed validation or that the store could not take, each with its reasons';
COMMENT ON COLUMN quarantine.item_type IS 'listing, review, note or offer';
COMMENT ON COLUMN quarantine.platform IS 'The platform''s name';
COMMENT ON COLUMN quarantine.ref IS 'The platform''s own id of the thing';
COMMENT ON COLUMN quarantine.reasons IS 'Why it is here, one sentence each';
COMMENT ON COLUMN quarantine.item IS 'The item as it came';
COMMENT ON COLUMN quarantine.seen_at IS 'When it was seen, UTC';
COMMENT ON COLUMN quarantine.content_hash IS '64-bit BLAKE2b of the merged content; a row is written where it changes';
COMMENT ON COLUMN quarantine.run IS 'Id of the run that last changed the row';
COMMENT ON TABLE runs IS 'One run of one spider a row';
COMMENT ON COLUMN runs.id IS 'Id of the run';
COMMENT ON COLUMN runs.platform IS 'The spider''s platform';
COMMENT ON COLUMN runs.arguments IS 'What was asked for with -a';
COMMENT ON COLUMN runs.started_at IS 'When it began, UTC';
COMMENT ON COLUMN runs.ended_at IS 'When it ended, UTC; NULL: it runs or was killed';
COMMENT ON COLUMN runs.outcome IS 'How it ended: reason and counts';
COMMENT ON TABLE listings_seen IS 'What a writer asks of listings: whether the content is the same, and when it was last seen';
COMMENT ON COLUMN listings_seen.platform IS 'As in listings';
COMMENT ON COLUMN listings_seen.ref IS 'As in listings';
COMMENT ON COLUMN listings_seen.content_hash IS 'As in listings';
COMMENT ON COLUMN listings_seen.last_seen IS 'When the row was last seen, UTC; moved once a run where nothing changed';
COMMENT ON TABLE reviews_seen IS 'What a writer asks of reviews: whether the content is the same, and when it was last seen';
COMMENT ON COLUMN reviews_seen.platform IS 'As in reviews';
COMMENT ON COLUMN reviews_seen.ref IS 'As in reviews';
COMMENT ON COLUMN reviews_seen.content_hash IS 'As in reviews';
COMMENT ON COLUMN reviews_seen.last_seen IS 'When the row was last seen, UTC; moved once a run where nothing changed';
COMMENT ON TABLE notes_seen IS 'What a writer asks of notes: whether the content is the same, and when it was last seen';
COMMENT ON COLUMN notes_seen.platform IS 'As in notes';
COMMENT ON COLUMN notes_seen.ref IS 'As in notes';
COMMENT ON COLUMN notes_seen.content_hash IS 'As in notes';
COMMENT ON COLUMN notes_seen.last_seen IS 'When the row was last seen, UTC; moved once a run where nothing changed';
COMMENT ON TABLE listing_history IS 'What changed in a listing, and when; the row in listings is the present';
COMMENT ON COLUMN listing_history.platform IS 'The platform''s name';
COMMENT ON COLUMN listing_history.ref IS 'ref of the listing';
COMMENT ON COLUMN listing_history.changed_at IS 'When the change was seen, UTC';
COMMENT ON COLUMN listing_history.run IS 'Id of the run that saw it';
COMMENT ON COLUMN listing_history.changes IS 'Column → [before, now]; times as text, UTC';
COMMENT ON TABLE tiles IS 'Which areas were listed whole in a run: only there does absence mean that something is gone';
COMMENT ON COLUMN tiles.platform IS 'The platform''s name, as its spider is called.';
COMMENT ON COLUMN tiles.tile IS 'Its name: what was asked for, and the city, district or corners it was asked of.';
COMMENT ON COLUMN tiles.codes IS 'Beginnings of the category_code of what was asked for.';
COMMENT ON COLUMN tiles.adcode IS 'Beginning of the adcode of the city or district.';
COMMENT ON COLUMN tiles.west IS 'Corners of the tile, degrees, in the platform''s own datum; None: the city or district whole.';
COMMENT ON COLUMN tiles.south IS 'As west.';
COMMENT ON COLUMN tiles.east IS 'As west.';
COMMENT ON COLUMN tiles.north IS 'As west.';
COMMENT ON COLUMN tiles.since IS 'When the crawl began to ask: what it saw there it has seen since.';
COMMENT ON COLUMN tiles.listings IS 'How many listings the platform gave.';
COMMENT ON COLUMN tiles.gone IS 'How many listings known there were not seen and are gone; NULL: not decided';
COMMENT ON COLUMN tiles.crawled_at IS 'When it was whole, UTC';
COMMENT ON COLUMN tiles.run IS 'Id of the run';
