-- Bytes of a table with its partitions, indexes and long values, and how many of its rows are dead.
SELECT coalesce(sum(pg_total_relation_size(part)), 0), coalesce(sum(pg_stat_get_dead_tuples(part)), 0)
FROM (SELECT %(name)s::regclass AS part UNION SELECT relid FROM pg_partition_tree(%(name)s::regclass)) AS parts
