-- Offers are kept by month: made ahead, dropped by retention. What has no partition of its own is in offers_other.
CREATE FUNCTION make_offer_partitions(first date, months integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    month date;
    name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('make_offer_partitions', 0));
    FOR step IN 0 .. months - 1 LOOP
        month := (date_trunc('month', first) + make_interval(months => step))::date;
        name := 'offers_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        CONTINUE WHEN EXISTS (
            SELECT FROM offers_other WHERE seen_at >= month::timestamp AT TIME ZONE 'UTC'
                AND seen_at < (month + interval '1 month') AT TIME ZONE 'UTC'
        );
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF offers FOR VALUES FROM (%L) TO (%L)',
            name, month || ' 00:00:00+00', (month + interval '1 month')::date || ' 00:00:00+00'
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
COMMENT ON FUNCTION make_offer_partitions IS 'Make the partitions of offers for months from a day on; returns how many';

CREATE FUNCTION retire_offers(before date) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    name text;
    gone text[] := ARRAY[]::text[];
BEGIN
    FOR name IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'offers'::regclass AND relname ~ '^offers_\d{4}_\d{2}$'
            AND to_date(substr(relname, 8), 'YYYY_MM') + interval '1 month' <= before
        ORDER BY relname
    LOOP
        EXECUTE format('DROP TABLE %I', name);
        gone := gone || name;
    END LOOP;
    RETURN gone;
END $$;
COMMENT ON FUNCTION retire_offers IS 'Drop the partitions of offers that end before a day; returns their names';
