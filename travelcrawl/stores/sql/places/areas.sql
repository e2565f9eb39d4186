SELECT area, min(id) FROM waiting WHERE step = 'area' GROUP BY area ORDER BY 2 LIMIT {most}
