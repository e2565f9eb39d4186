-- As in 0001: roles that this user might not make are left to the server's administrator.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'travelcrawl_writer') THEN
        GRANT SELECT, INSERT, UPDATE ON places, links, pairs, parts, decisions TO travelcrawl_writer;
        GRANT SELECT, INSERT, DELETE ON waiting TO travelcrawl_writer;
        GRANT DELETE ON pairs, parts, decisions TO travelcrawl_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'travelcrawl_reader') THEN
        GRANT SELECT ON places, links, pairs, parts, same_place, current_places, place_parts TO travelcrawl_reader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'travelcrawl_owner') THEN
        GRANT ALL ON places, links, pairs, parts, decisions, waiting TO travelcrawl_owner;
    END IF;
END $$;
