DELETE FROM waiting WHERE id IN (SELECT CAST(wanted.id AS bigint) FROM {ids} AS wanted)
