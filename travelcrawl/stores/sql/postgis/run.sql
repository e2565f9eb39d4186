INSERT INTO runs ({names}) VALUES ({marks})
ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome
