-- What a REINDEX CONCURRENTLY leaves that was broken off: written to, never read.
SELECT spaces.nspname || '.' || indexes.relname
FROM pg_index
JOIN pg_class AS indexes ON indexes.oid = indexrelid
JOIN pg_namespace AS spaces ON spaces.oid = indexes.relnamespace
WHERE NOT indisvalid AND indexes.relname ~ '_cc(new|old)\d*$' AND indexes.relkind = 'i'
