CREATE FUNCTION last_seen(listing listings) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT seen.last_seen FROM listings_seen AS seen WHERE seen.platform = listing.platform AND seen.ref = listing.ref
$$;
COMMENT ON FUNCTION last_seen IS 'When a listing was last seen, UTC: listings.last_seen reads as a column does';

CREATE VIEW current_listings AS
SELECT listings.*, listings_seen.last_seen
FROM listings
LEFT JOIN listings_seen USING (platform, ref)
WHERE status IS NULL OR status NOT IN ('closed', 'gone');
COMMENT ON VIEW current_listings IS 'Listings that are not closed for good and not removed by the platform';

CREATE VIEW field_origins AS
SELECT
    listings.platform, listings.ref, said.field, said.value, coalesce(origin.seen_at, listings.last_changed) AS seen_at,
    coalesce(origin.run, listings.run) AS run
FROM listings
CROSS JOIN LATERAL jsonb_each(
    jsonb_strip_nulls(to_jsonb(listings)) - ARRAY[
        'platform', 'ref', 'geom', 'quality', 'content_hash', 'first_seen', 'last_changed', 'run', 'origins'
    ]
) AS said (field, value)
LEFT JOIN LATERAL (
    SELECT told.seen_at, told.run
    FROM jsonb_to_recordset(listings.origins) AS told (seen_at timestamptz, run text, fields jsonb)
    WHERE told.fields ? said.field
) AS origin ON true;
COMMENT ON VIEW field_origins IS 'Every field of a listing that has a value: when its platform said so, and in which run it was seen';

CREATE VIEW price_history AS
SELECT
    platform, ref, what, stay_from, stay_to, seen_at, last_seen, amount, currency, unit,
    amount - lag(amount) OVER series AS difference
FROM offers
WINDOW series AS (PARTITION BY platform, ref, what, stay_from, stay_to, currency ORDER BY seen_at);
COMMENT ON VIEW price_history IS 'Prices over time with the difference to the one before; each was so from seen_at to last_seen';

CREATE VIEW review_statistics AS
SELECT
    platform, about_ref AS ref, count(*) AS reviews, count(rating) AS rated, avg(rating) AS rating,
    max(published_at) AS newest
FROM reviews
WHERE about = 'listing'
GROUP BY platform, about_ref;
COMMENT ON VIEW review_statistics IS 'Stored reviews of a listing: how many, mean rating 0-5, when the newest was published';

CREATE VIEW mentions AS
SELECT notes.platform, notes.ref AS note, mention.name, mention.ref AS listing, mention.evidence, mention.score
FROM notes
CROSS JOIN LATERAL jsonb_to_recordset(notes.mentions) AS mention (name text, ref text, evidence text, score double precision);
COMMENT ON VIEW mentions IS 'Places that notes speak of';

CREATE FUNCTION listings_near(lon double precision, lat double precision, most integer DEFAULT 20)
RETURNS TABLE (platform text, ref text, name text, metres double precision) LANGUAGE sql STABLE AS $$
    SELECT near.platform, near.ref, near.name, near.geom <-> here.point AS metres
    FROM (SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography AS point) AS here
    CROSS JOIN LATERAL (
        SELECT * FROM listings WHERE listings.geom IS NOT NULL ORDER BY listings.geom <-> here.point LIMIT most
    ) AS near
    ORDER BY metres
$$;
COMMENT ON FUNCTION listings_near IS 'The listings nearest to a point in WGS-84 degrees, with the distance in metres';
