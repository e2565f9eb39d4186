-- The frontier of one crawl on one machine.
CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payload TEXT NOT NULL,
    priority INTEGER NOT NULL,
    turn INTEGER NOT NULL,          -- fairness: entries of one group take ascending turns, groups share each turn
    worker TEXT,                    -- who holds it; NULL: waiting
    spared INTEGER NOT NULL DEFAULT 0,      -- held, and has left its worker's engine alive
    crashes INTEGER NOT NULL DEFAULT 0,     -- workers that died with it
    first_death INTEGER             -- number of the first of those deaths among all of the crawl
);
CREATE INDEX IF NOT EXISTS queue_next ON queue (min(crashes, 2), priority DESC, turn, id) WHERE worker IS NULL;
CREATE INDEX IF NOT EXISTS queue_held ON queue (worker) WHERE worker IS NOT NULL;
CREATE TABLE IF NOT EXISTS turns (team TEXT PRIMARY KEY, turn INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (fingerprint INTEGER PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workers (id TEXT PRIMARY KEY, pid INTEGER NOT NULL, beat REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS letters (id TEXT PRIMARY KEY, buried_at REAL NOT NULL, letter TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS control (word TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID; -- served, deaths, finished
