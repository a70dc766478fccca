-- The durable core: machines, their timers, their inbox and outbox, and the feed.
-- Times are microseconds since 1970, UTC.

CREATE TABLE machine_state (
    machine_name    TEXT PRIMARY KEY CHECK (length(machine_name) BETWEEN 1 AND 64),
    current_state   TEXT NOT NULL,
    status          TEXT NOT NULL
                    CHECK (status IN ('running', 'waiting', 'stopped', 'finished', 'failed')),
    paused          INTEGER,
    reset_asked     INTEGER,
    entry           INTEGER NOT NULL CHECK (entry >= 1),
    via             TEXT NOT NULL,
    list_start      INTEGER NOT NULL CHECK (list_start >= 0),
    cursor          INTEGER NOT NULL CHECK (cursor >= list_start),
    list_end        INTEGER NOT NULL CHECK (list_end >= cursor),
    attempts        INTEGER NOT NULL CHECK (attempts >= 0),
    failures        INTEGER NOT NULL CHECK (failures >= 0),
    waits_for       TEXT CHECK (waits_for IS NULL OR json_valid(waits_for)),
    context         TEXT NOT NULL CHECK (json_valid(context)),
    definition_hash TEXT NOT NULL,
    config_type     TEXT NOT NULL,
    control_path    TEXT,
    epoch           INTEGER NOT NULL CHECK (epoch >= 1),
    pid             INTEGER,
    boot_id         TEXT,
    invocation_id   TEXT,
    started         INTEGER NOT NULL,
    last_activity   INTEGER NOT NULL,
    CHECK (status <> 'finished' OR cursor = list_end),
    CHECK (status <> 'finished' OR waits_for IS NULL)
) STRICT;

-- The texts that machines run by or ran by, so that whoever has the database can draw them.
CREATE TABLE definitions (
    hash    TEXT PRIMARY KEY,
    text    TEXT NOT NULL,
    file    TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE machine_timers (
    machine_name TEXT NOT NULL REFERENCES machine_state ON DELETE CASCADE,
    name         TEXT NOT NULL,
    due          INTEGER NOT NULL,
    PRIMARY KEY (machine_name, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE machine_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uid        TEXT UNIQUE,
    source     TEXT NOT NULL,
    target     TEXT NOT NULL,
    type       TEXT NOT NULL CHECK (length(type) BETWEEN 1 AND 128),
    job_id     TEXT,
    payload    TEXT NOT NULL CHECK (json_valid(payload)),
    status     TEXT NOT NULL CHECK (status IN ('pending', 'processed', 'ignored', 'deferred', 'failed')),
    not_before INTEGER NOT NULL,
    sender_uid INTEGER,
    sender_pid INTEGER,
    created    INTEGER NOT NULL,
    processed  INTEGER,
    error      TEXT,
    CHECK ((status IN ('processed', 'ignored', 'failed')) = (processed IS NOT NULL))
) STRICT;

-- An inbox is read in the order of acceptance; only what is open stands in these indexes.
CREATE INDEX machine_events_pending ON machine_events (target, id) WHERE status = 'pending';
CREATE INDEX machine_events_deferred ON machine_events (target, id) WHERE status = 'deferred';
CREATE INDEX machine_events_outbox ON machine_events (source, target) WHERE status = 'pending';

CREATE TABLE realtime_events (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    machine_name TEXT NOT NULL,
    event_type   TEXT NOT NULL,
    payload      TEXT NOT NULL CHECK (json_valid(payload)),
    event_id     INTEGER,
    created      INTEGER NOT NULL
) STRICT;

CREATE VIEW transition_history AS
SELECT id,
       machine_name,
       payload ->> '$.from' AS from_state,
       payload ->> '$.to' AS to_state,
       payload ->> '$.event' AS event,
       payload ->> '$.entry' AS entry,
       payload ->> '$.job_id' AS job_id,
       event_id,
       created
FROM realtime_events
WHERE event_type = 'state_change';

CREATE VIEW error_history AS
SELECT id,
       machine_name,
       payload ->> '$.state' AS state,
       payload ->> '$.action' AS action,
       payload ->> '$.error' AS error,
       payload ->> '$.traceback' AS traceback,
       payload ->> '$.job_id' AS job_id,
       event_id,
       created
FROM realtime_events
WHERE event_type = 'error';

-- The queue. A job belongs to a machine only while that works on it, and an open unique_key stands for one job alone.
CREATE TABLE jobs (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 256),
    type         TEXT NOT NULL CHECK (length(type) BETWEEN 1 AND 128),
    machine_type TEXT,
    input_file   TEXT,
    payload      TEXT NOT NULL CHECK (json_valid(payload)),
    priority     INTEGER NOT NULL,
    status       TEXT NOT NULL
                 CHECK (status IN ('pending', 'scheduled', 'processing', 'completed', 'failed', 'cancelled')),
    attempts     INTEGER NOT NULL CHECK (attempts >= 0),
    max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
    run_after    INTEGER NOT NULL,
    unique_key   TEXT,
    machine      TEXT,
    progress     REAL CHECK (progress BETWEEN 0 AND 100),
    result       TEXT CHECK (result IS NULL OR json_valid(result)),
    error        TEXT,
    source_job   TEXT,
    created      INTEGER NOT NULL,
    started      INTEGER,
    finished     INTEGER,
    CHECK ((status = 'processing') = (machine IS NOT NULL)),
    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished IS NOT NULL)),
    CHECK (status <> 'processing' OR started IS NOT NULL)
) STRICT;

CREATE INDEX jobs_pending ON jobs (type, priority, seq) WHERE status = 'pending';
CREATE INDEX jobs_pending_all ON jobs (priority, seq) WHERE status = 'pending';
CREATE INDEX jobs_scheduled ON jobs (run_after) WHERE status = 'scheduled';
CREATE INDEX jobs_of_machine ON jobs (machine) WHERE status = 'processing';
CREATE UNIQUE INDEX jobs_open_key ON jobs (unique_key)
WHERE unique_key IS NOT NULL AND status IN ('pending', 'scheduled', 'processing');

-- While a job is open, the one that it came of stays.
CREATE INDEX jobs_open_source ON jobs (source_job)
WHERE source_job IS NOT NULL AND status IN ('pending', 'scheduled', 'processing');

-- The jobs that others speak of: open jobs of the one that they came of, parked machines of those whose end they wait for.
CREATE VIEW needed_jobs AS
SELECT source_job AS id FROM jobs WHERE source_job IS NOT NULL AND status IN ('pending', 'scheduled', 'processing')
UNION ALL
SELECT value
FROM (SELECT CASE WHEN json_valid(waits_for) THEN waits_for -> '$.jobs' END AS ids FROM machine_state WHERE waits_for IS NOT NULL)
JOIN json_each(ids)
WHERE type = 'text';

-- The open jobs that suit machines which are parked for one like them; whom they suit is said by suits() in jobs/queue.py too.
CREATE VIEW awaited_jobs AS
WITH parked AS MATERIALIZED (  -- or the JSON would be read once for each job
    SELECT machine_name, wanted ->> '$.type' AS type, wanted ->> '$.machine_type' AS machine_type
    FROM (SELECT machine_name, CASE WHEN json_valid(waits_for) THEN waits_for -> '$.jobs_for' END AS wanted
          FROM machine_state WHERE waits_for IS NOT NULL)
    WHERE wanted IS NOT NULL)
SELECT p.machine_name, j.id AS job_id, j.status, j.run_after
FROM parked AS p
JOIN jobs AS j ON (p.type IS NULL OR j.type = p.type)
              AND (p.machine_type IS NULL OR j.machine_type IS NULL OR j.machine_type = p.machine_type)
WHERE j.status IN ('pending', 'scheduled');
