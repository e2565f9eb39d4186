INSERT INTO runs (id, platform, arguments, started_at, ended_at, outcome) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome
