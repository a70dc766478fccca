-- What the commands list. The columns' names are the keys of their JSON.

-- name: events
SELECT id, uid, created, source, target, type, status, job_id, sender_uid, sender_pid, nullif(not_before, 0) AS not_before,
       processed, error, CASE WHEN ?1 THEN payload END AS payload
FROM machine_events
WHERE (?2 IS NULL OR target = ?2)
  AND (?3 IS NULL OR status = ?3)
  AND (?4 IS NULL OR source = ?4)
  AND (?5 IS NULL OR type = ?5)
  AND (?6 IS NULL OR job_id = ?6)
ORDER BY id DESC LIMIT ?7;

-- name: pending
-- Two selects, since each has an index of its own.
SELECT id, uid, created, source, target, type, status, job_id, sender_uid, sender_pid, nullif(not_before, 0) AS not_before,
       CASE WHEN ?1 THEN payload END AS payload
FROM machine_events WHERE target = ?2 AND status = 'pending'
UNION ALL
SELECT id, uid, created, source, target, type, status, job_id, sender_uid, sender_pid, nullif(not_before, 0) AS not_before,
       CASE WHEN ?1 THEN payload END AS payload
FROM machine_events WHERE target = ?2 AND status = 'deferred'
ORDER BY id LIMIT ?3;

-- name: machines
SELECT machine_name AS machine, current_state AS state, iif(paused IS NULL, status, 'paused') AS status, entry, cursor, list_end,
       (SELECT count(*) FROM machine_events WHERE target = machine_name AND status = 'pending') AS pending,
       (SELECT created FROM machine_events WHERE target = machine_name AND status = 'pending' ORDER BY id LIMIT 1)
           AS oldest_pending,
       (SELECT name FROM machine_timers AS t WHERE t.machine_name = m.machine_name ORDER BY due, name LIMIT 1) AS next_timer,
       (SELECT min(due) FROM machine_timers AS t WHERE t.machine_name = m.machine_name) AS next_due,
       pid, started, last_activity, attempts, failures, waits_for, config_type, control_path, epoch,
       CASE WHEN ?1 THEN context END AS context
FROM machine_state AS m
WHERE ?2 IS NULL OR machine_name = ?2
ORDER BY machine_name LIMIT ?3;

-- name: transitions
SELECT id, created, machine_name AS machine, from_state, to_state, event, entry, job_id, event_id
FROM transition_history
WHERE (?1 IS NULL OR machine_name = ?1) AND created >= ?2
ORDER BY id DESC LIMIT ?3;

-- name: errors
SELECT id, created, machine_name AS machine, state, action, error, traceback, job_id, event_id
FROM error_history
WHERE (?1 IS NULL OR machine_name = ?1) AND created >= ?2
ORDER BY id DESC LIMIT ?3;

-- name: machines_by_status
SELECT iif(paused IS NULL, status, 'paused') AS status, count(*) AS number FROM machine_state GROUP BY 1 ORDER BY 1;

-- name: events_by_status
SELECT status, count(*) AS number FROM machine_events GROUP BY status ORDER BY status;

-- name: jobs_by_status
-- A scheduled job whose time has come is pending: a claim finds it, and its row says so then.
SELECT iif(status = 'scheduled' AND run_after <= ?1, 'pending', status) AS status, count(*) AS number
FROM jobs GROUP BY 1 ORDER BY 1;

-- name: oldest_job
-- The one that has been claimable for longest; of a job that was scheduled that is since its time came.
SELECT id, max(created, run_after) AS since FROM jobs
WHERE status = 'pending' OR (status = 'scheduled' AND run_after <= ?1)
ORDER BY 2, seq LIMIT 1;

-- name: totals
SELECT (SELECT count(*) FROM realtime_events) AS feed_rows,
       (SELECT min(created) FROM machine_events WHERE status = 'pending') AS oldest_pending,
       (SELECT max(moment)
        FROM (SELECT max(last_activity) AS moment FROM machine_state
              UNION ALL
              SELECT max(created, coalesce(processed, 0)) FROM machine_events WHERE id = (SELECT max(id) FROM machine_events)
              UNION ALL
              SELECT created FROM realtime_events WHERE id = (SELECT max(id) FROM realtime_events))) AS last_commit;

-- name: control_path
SELECT control_path FROM machine_state WHERE machine_name = ?;

-- name: outcome
SELECT status, error FROM machine_events WHERE id = ? AND target = ?;

-- name: transition_of
-- Only the feed's rows behind ?1 are looked at: event_id has no index.
SELECT payload ->> '$.from' AS from_state, payload ->> '$.to' AS to_state,
       coalesce(payload ->> '$.internal', 0) AS internal
FROM realtime_events
WHERE id > ?1 AND event_id = ?2 AND event_type = 'state_change'
ORDER BY id LIMIT 1;
