-- Tables of the index. All of them are made of the entries of the log, and are made again when this file changes.

CREATE TABLE state (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE person (person TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE report (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,       -- entry of its newest reading
    entry INTEGER NOT NULL,     -- the entry that brought it in: what came earlier has a lower one
    added_at INTEGER NOT NULL,
    found_at TEXT NOT NULL,
    outlet TEXT,
    title TEXT,
    url TEXT,
    published_at TEXT,
    incidents INTEGER NOT NULL,
    withdrawn TEXT,             -- why, once it was
    traits BLOB                 -- what its mentions are compared by, with the row of a table that it is
) STRICT, WITHOUT ROWID;

-- The entries of the readings of reports that were read anew, the first one too.
CREATE TABLE reading (report TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (report, seq)) STRICT, WITHOUT ROWID;

-- Mentions that the newest reading of their report no longer has, or whose report was erased.
CREATE TABLE gone (
    id TEXT PRIMARY KEY,
    report TEXT,
    seq INTEGER NOT NULL,       -- entry of the reading that no longer has it, or of the erasure
    heir TEXT,                  -- the mention that its name leads to
    erased INTEGER NOT NULL     -- what people did under its name goes on under that of its heir
) STRICT, WITHOUT ROWID;
CREATE INDEX gone_heir ON gone (heir);

CREATE TABLE mention (
    n INTEGER PRIMARY KEY,      -- its number in the index of candidates
    id TEXT NOT NULL UNIQUE,
    report TEXT NOT NULL,
    ordinal INTEGER NOT NULL,   -- its place among the incidents of the reading
    incident TEXT NOT NULL,     -- the incident it belongs to: the id of the oldest mention
    set_n INTEGER,              -- one of the mentions that it could be one incident with
    keys BLOB NOT NULL          -- what it is found by, four bytes each
) STRICT;
CREATE INDEX mention_incident ON mention (incident);
CREATE INDEX mention_report ON mention (report);
CREATE INDEX mention_set ON mention (set_n);

CREATE TABLE act (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL          -- the act as JSON
) STRICT;
CREATE INDEX act_kind ON act (kind, seq);
CREATE TABLE act_mention (mention TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (mention, seq)) STRICT, WITHOUT ROWID;

-- What is filtered by stands in columns; the whole incident is JSON.
CREATE TABLE incident (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    mode TEXT NOT NULL,
    country TEXT,
    earliest TEXT,
    latest TEXT,
    killed INTEGER,
    injured INTEGER,
    perpetrator_state TEXT NOT NULL,
    election INTEGER NOT NULL,
    grade TEXT NOT NULL,
    review TEXT NOT NULL,
    assigned TEXT,
    conflicts INTEGER NOT NULL,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX incident_latest ON incident (latest DESC, id);
CREATE INDEX incident_country ON incident (country, latest DESC, id);
CREATE INDEX incident_mode ON incident (mode, latest DESC, id);
CREATE INDEX incident_killed ON incident (killed, latest DESC, id);
CREATE INDEX incident_review ON incident (review, latest DESC, id);
CREATE INDEX incident_grade ON incident (grade, latest DESC, id);

CREATE TABLE incident_tag (tag TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (tag, n)) STRICT, WITHOUT ROWID;
CREATE INDEX incident_tag_n ON incident_tag (n);
CREATE VIRTUAL TABLE incident_spot USING rtree(n, west, east, south, north);
CREATE VIRTUAL TABLE incident_words USING fts5(words, place, perpetrator, content='', contentless_delete=1, tokenize='porter unicode61 remove_diacritics 2');
