-- Roles are the whole server's; where this user may not make them they are left to its administrator.
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['travelcrawl_owner', 'travelcrawl_writer', 'travelcrawl_reader'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = role);
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'role % is not made: no privilege', role;
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'travelcrawl_writer') THEN
        GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO travelcrawl_writer;
        GRANT travelcrawl_writer TO travelcrawl_owner;
        ALTER FUNCTION make_offer_partitions SECURITY DEFINER SET search_path = public, pg_temp;
        REVOKE EXECUTE ON FUNCTION make_offer_partitions FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION make_offer_partitions TO travelcrawl_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'travelcrawl_reader') THEN
        GRANT SELECT ON listings, listings_seen, listing_history, reviews, reviews_seen, notes, notes_seen, offers, tiles, current_listings,
            field_origins, price_history, review_statistics, mentions TO travelcrawl_reader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'travelcrawl_owner') THEN
        GRANT ALL ON ALL TABLES IN SCHEMA public TO travelcrawl_owner;
    END IF;
END $$;
