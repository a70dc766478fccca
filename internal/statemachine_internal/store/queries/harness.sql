-- What the harness for testing definitions shows of one machine.

-- name: event_status
SELECT status FROM machine_events WHERE id = ?;

-- name: sent
SELECT target, type, payload, job_id, not_before FROM machine_events WHERE source = ? ORDER BY id;

-- name: ignored
SELECT type FROM machine_events WHERE target = ? AND status = 'ignored' ORDER BY id;

-- name: feed
SELECT event_type, payload FROM realtime_events WHERE machine_name = ? ORDER BY id;

-- name: jobs
SELECT id FROM jobs ORDER BY seq;
