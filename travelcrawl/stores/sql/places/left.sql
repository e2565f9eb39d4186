SELECT step, count(*) FROM waiting GROUP BY step
