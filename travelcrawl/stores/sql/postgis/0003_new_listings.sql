-- New listings wait to be matched as one row for many, which names them; where they are is read as they are matched. A row for each
-- took 1.5 microseconds of the server a listing more (2026-11-30), of 18. The list is kept as it is: compressing it took 0.6.
ALTER TABLE waiting ADD COLUMN refs text[] COLLATE "C";
ALTER TABLE waiting ALTER COLUMN refs SET STORAGE EXTERNAL;
COMMENT ON COLUMN waiting.refs IS 'Refs of the platform''s listings, where new ones wait together';
COMMENT ON COLUMN waiting.step IS 'new, changed: the areas of listings are to be found; area: to be scored; group: to be put into a place; fuse: only its place''s fields';

CREATE OR REPLACE FUNCTION wait_for_matching() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO waiting (step, platform, refs)
    SELECT 'new', platform, array_agg(ref)
    FROM (SELECT platform, ref, (row_number() OVER () - 1) / 5000 AS part FROM written) AS numbered
    GROUP BY platform, part;
    RETURN NULL;
END $$;
