-- What the monitor reads. Each select looks at a bounded number of rows: a window of ids, or those that are named.

-- name: machines
-- ?1: the names, as a JSON list; NULL for all.
SELECT machine_name AS name, config_type, current_state AS state, iif(paused IS NULL, status, 'paused') AS status,
       paused IS NOT NULL AS paused, started, last_activity, pid, definition_hash,
       waits_for,
       CASE WHEN length(context) < 200000 THEN context ->> '$.last_error' END AS last_error,
       (SELECT count(*) FROM machine_events WHERE target = machine_name AND status = 'pending') AS pending,
       (SELECT created FROM machine_events WHERE target = machine_name AND status = 'pending' ORDER BY id LIMIT 1)
           AS oldest_pending,
       (SELECT json_object('id', id, 'type', type, 'progress', progress) FROM jobs AS j
        WHERE j.machine = machine_name AND j.status = 'processing' ORDER BY seq LIMIT 1) AS job,
       (SELECT min(due) FROM machine_timers AS t WHERE t.machine_name = m.machine_name) AS next_due
FROM machine_state AS m
WHERE ?1 IS NULL OR machine_name IN (SELECT value FROM json_each(?1))
ORDER BY machine_name;

-- name: touched
-- Machines that stored something since ?1, or were sent something behind the event ?2, with or without a row of the feed.
SELECT machine_name AS name FROM machine_state WHERE last_activity >= ?1
UNION
SELECT target FROM machine_events WHERE id > ?2;

-- name: names
SELECT machine_name AS name FROM machine_state;

-- name: machine
SELECT current_state AS state, context, epoch, pid, boot_id, invocation_id, control_path, definition_hash
FROM machine_state WHERE machine_name = ?;

-- name: timers
SELECT name, due FROM machine_timers WHERE machine_name = ? ORDER BY due, name;

-- name: entries
-- When each machine came into a state, and which, by the rows of the feed from ?1 up to ?2. An internal transition enters none.
SELECT machine_name AS name, created, payload ->> '$.to' AS state, max(id) AS id
FROM realtime_events
WHERE id BETWEEN ?1 AND ?2 AND event_type = 'state_change' AND payload -> '$.internal' IS NULL
GROUP BY machine_name;

-- name: feed_ends
-- Two selects: of one with both, SQLite reads the whole table.
SELECT coalesce((SELECT min(id) FROM realtime_events), 0) AS first, coalesce((SELECT max(id) FROM realtime_events), 0) AS last;

-- name: feed_sequence
-- The highest id that a row of the feed ever had, whatever was pruned since.
SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'realtime_events';

-- name: feed_from
-- The first row of the feed from an id on, for a search by time.
SELECT id, created FROM realtime_events WHERE id >= ? ORDER BY id LIMIT 1;

-- name: feed_down
-- ?1 and ?2: the ids, first included, last not. ?3: a machine. ?4: types, a JSON list. ?5: a level. ?6: a job. ?7: not after
-- this time. NULL means any.
SELECT id, event_type AS type, machine_name, payload, created, event_id
FROM realtime_events
WHERE id >= ?1 AND id < ?2
  AND (?3 IS NULL OR machine_name = ?3)
  AND (?4 IS NULL OR event_type IN (SELECT value FROM json_each(?4)))
  AND (?5 IS NULL OR coalesce(payload ->> '$.level', CASE event_type WHEN 'error' THEN 'error' ELSE 'info' END) = ?5)
  AND (?6 IS NULL OR payload ->> '$.job_id' = ?6)
  AND (?7 IS NULL OR created <= ?7)
ORDER BY id DESC LIMIT ?8;

-- name: feed_up
-- The same, oldest first.
SELECT id, event_type AS type, machine_name, payload, created, event_id
FROM realtime_events
WHERE id >= ?1 AND id < ?2
  AND (?3 IS NULL OR machine_name = ?3)
  AND (?4 IS NULL OR event_type IN (SELECT value FROM json_each(?4)))
  AND (?5 IS NULL OR coalesce(payload ->> '$.level', CASE event_type WHEN 'error' THEN 'error' ELSE 'info' END) = ?5)
  AND (?6 IS NULL OR payload ->> '$.job_id' = ?6)
  AND (?7 IS NULL OR created <= ?7)
ORDER BY id LIMIT ?8;

-- name: event_ends
SELECT coalesce((SELECT min(id) FROM machine_events), 0) AS first, coalesce((SELECT max(id) FROM machine_events), 0) AS last;

-- name: events_down
-- ?3: target. ?4: source. ?5: type. ?6: status. ?7: a job. ?8: the longest payload that is given, in characters.
SELECT id, target, source, type, status, CASE WHEN length(payload) <= ?8 THEN payload END AS payload, job_id, created,
       processed, nullif(not_before, 0) AS not_before, error, sender_uid, sender_pid
FROM machine_events
WHERE id >= ?1 AND id < ?2
  AND (?3 IS NULL OR target = ?3)
  AND (?4 IS NULL OR source = ?4)
  AND (?5 IS NULL OR type = ?5)
  AND (?6 IS NULL OR status = ?6)
  AND (?7 IS NULL OR job_id = ?7)
ORDER BY id DESC LIMIT ?9;

-- name: events_up
SELECT id, target, source, type, status, CASE WHEN length(payload) <= ?8 THEN payload END AS payload, job_id, created,
       processed, nullif(not_before, 0) AS not_before, error, sender_uid, sender_pid
FROM machine_events
WHERE id >= ?1 AND id < ?2
  AND (?3 IS NULL OR target = ?3)
  AND (?4 IS NULL OR source = ?4)
  AND (?5 IS NULL OR type = ?5)
  AND (?6 IS NULL OR status = ?6)
  AND (?7 IS NULL OR job_id = ?7)
ORDER BY id LIMIT ?9;

-- name: pending
SELECT id, target, source, type, status, CASE WHEN length(payload) <= ?2 THEN payload END AS payload, job_id, created,
       processed, nullif(not_before, 0) AS not_before, error, sender_uid, sender_pid
FROM (SELECT * FROM machine_events WHERE target = ?1 AND status = 'pending'
      UNION ALL
      SELECT * FROM machine_events WHERE target = ?1 AND status = 'deferred')
ORDER BY id LIMIT ?3;

-- name: sent
-- What machines have sent to machines behind the id ?1, newest first.
SELECT id, target, source, type, status, CASE WHEN length(payload) <= ?2 THEN payload END AS payload, job_id, created,
       processed, nullif(not_before, 0) AS not_before, error, sender_uid, sender_pid
FROM machine_events
WHERE id > ?1 AND source IN (SELECT machine_name FROM machine_state) AND target <> 'ui'
ORDER BY id DESC LIMIT ?3;

-- name: open_messages
-- The newest of what machines have sent to machines, as far as it is not at its end. Each select has its index; by itself
-- SQLite would read the whole table in the order of its ids for the second.
SELECT id, status FROM (
    SELECT id, source, target, status FROM machine_events WHERE status = 'pending'
    UNION ALL
    SELECT id, source, target, status FROM machine_events INDEXED BY machine_events_deferred WHERE status = 'deferred'
)
WHERE source IN (SELECT machine_name FROM machine_state) AND target <> 'ui'
ORDER BY id DESC LIMIT ?1;

-- name: changed_messages
-- Of the events of ?1, a map from ids to statuses, those whose status is another by now.
SELECT id, target, source, type, status, CASE WHEN length(payload) <= ?2 THEN payload END AS payload, job_id, created,
       processed, nullif(not_before, 0) AS not_before, error, sender_uid, sender_pid
FROM (SELECT CAST(key AS INTEGER) AS known_id, value AS known_status FROM json_each(?1)) AS j
JOIN machine_events ON id = known_id
WHERE status <> known_status
ORDER BY id;

-- name: job_ends
SELECT coalesce((SELECT min(seq) FROM jobs), 0) AS first, coalesce((SELECT max(seq) FROM jobs), 0) AS last;

-- name: jobs_down
-- A scheduled job whose time (?3 is now) has come is pending: a claim finds it.
-- ?4: status. ?5: type. ?6: the machine at work. ?7: the longest payload and result that are given.
SELECT seq, id, type, machine_type, machine, now_status AS status, priority, attempts, max_attempts, nullif(run_after, 0) AS run_after,
       unique_key, progress, input_file, CASE WHEN length(payload) <= ?7 THEN payload END AS payload,
       CASE WHEN length(result) <= ?7 THEN result END AS result, error, source_job, created, started, finished
FROM (SELECT *, CASE WHEN status = 'scheduled' AND run_after <= ?3 THEN 'pending' ELSE status END AS now_status
      FROM jobs WHERE seq >= ?1 AND seq < ?2)
WHERE (?4 IS NULL OR now_status = ?4) AND (?5 IS NULL OR type = ?5) AND (?6 IS NULL OR machine = ?6)
ORDER BY seq DESC LIMIT ?8;

-- name: jobs_up
SELECT seq, id, type, machine_type, machine, now_status AS status, priority, attempts, max_attempts, nullif(run_after, 0) AS run_after,
       unique_key, progress, input_file, CASE WHEN length(payload) <= ?7 THEN payload END AS payload,
       CASE WHEN length(result) <= ?7 THEN result END AS result, error, source_job, created, started, finished
FROM (SELECT *, CASE WHEN status = 'scheduled' AND run_after <= ?3 THEN 'pending' ELSE status END AS now_status
      FROM jobs WHERE seq >= ?1 AND seq < ?2)
WHERE (?4 IS NULL OR now_status = ?4) AND (?5 IS NULL OR type = ?5) AND (?6 IS NULL OR machine = ?6)
ORDER BY seq LIMIT ?8;

-- name: jobs_named
-- ?1: ids, a JSON list. ?2: now. ?3: the longest payload and result that are given.
SELECT seq, id, type, machine_type, machine, CASE WHEN status = 'scheduled' AND run_after <= ?2 THEN 'pending' ELSE status END
       AS status, priority, attempts, max_attempts, nullif(run_after, 0) AS run_after,
       unique_key, progress, input_file, CASE WHEN length(payload) <= ?3 THEN payload END AS payload,
       CASE WHEN length(result) <= ?3 THEN result END AS result, error, source_job, created, started, finished
FROM jobs WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY seq;

-- name: jobs_to_come
-- The next of the scheduled jobs whose time comes after ?1.
SELECT id, run_after FROM jobs WHERE status = 'scheduled' AND run_after > ?1 ORDER BY run_after LIMIT ?2;

-- name: jobs_at_work
SELECT id FROM jobs WHERE status = 'processing';

-- name: queue_depth
SELECT type, CASE WHEN status = 'scheduled' AND run_after <= ?1 THEN 'pending' ELSE status END AS status, count(*) AS number
FROM jobs GROUP BY 1, 2;

-- name: inbox_depth
SELECT target AS machine, count(*) AS number, min(created) AS oldest
FROM machine_events WHERE status = 'pending' GROUP BY target;

-- name: event_times
-- ?1: ids, a JSON list.
SELECT created, processed FROM machine_events WHERE id IN (SELECT value FROM json_each(?)) AND processed IS NOT NULL;

-- name: job_times
SELECT status, started, finished FROM jobs
WHERE id IN (SELECT value FROM json_each(?)) AND started IS NOT NULL AND finished IS NOT NULL;

-- name: definition
SELECT text, file FROM definitions WHERE hash = ?;
