-- Tables of people, not of the server or an extension; a partitioned table stands for its partitions.
SELECT pg_namespace.nspname || '.' || pg_class.relname
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
WHERE pg_class.relkind IN ('r', 'p') AND NOT pg_class.relispartition
    AND pg_namespace.nspname <> 'information_schema' AND pg_namespace.nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (
        SELECT FROM pg_depend WHERE pg_depend.objid = pg_class.oid AND pg_depend.classid = 'pg_class'::regclass
            AND pg_depend.deptype = 'e'
    )
ORDER BY 1
