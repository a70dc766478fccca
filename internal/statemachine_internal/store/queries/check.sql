-- What must hold between rows. Each statement gives the rows that break it, as the values of its message in invariants.py;
-- its one parameter is how many of them to give. JSON is read only where it is valid: another statement complains of the rest.

-- name: event_payload_malformed
SELECT id, target FROM machine_events WHERE NOT json_valid(payload) LIMIT ?;

-- name: feed_payload_malformed
SELECT id, machine_name FROM realtime_events WHERE NOT json_valid(payload) LIMIT ?;

-- name: context_malformed
SELECT machine_name FROM machine_state WHERE NOT json_valid(context) LIMIT ?;

-- name: waits_for_malformed
SELECT machine_name FROM machine_state WHERE waits_for IS NOT NULL AND NOT json_valid(waits_for) LIMIT ?;

-- name: event_status_unknown
SELECT id, target, status FROM machine_events
WHERE status NOT IN ('pending', 'processed', 'ignored', 'deferred', 'failed') LIMIT ?;

-- name: machine_status_unknown
SELECT machine_name, status FROM machine_state
WHERE status NOT IN ('running', 'waiting', 'stopped', 'finished', 'failed') LIMIT ?;

-- name: event_settled_without_time
SELECT id, target, status FROM machine_events
WHERE status IN ('processed', 'ignored', 'failed') AND processed IS NULL LIMIT ?;

-- name: event_open_with_time
SELECT id, target, status FROM machine_events WHERE status IN ('pending', 'deferred') AND processed IS NOT NULL LIMIT ?;

-- name: event_uid_twice
SELECT uid, count(*) FROM machine_events WHERE uid IS NOT NULL GROUP BY uid HAVING count(*) > 1 LIMIT ?;

-- name: event_processed_without_trace
SELECT id, target FROM machine_events
WHERE status = 'processed' AND target <> 'ui'
  AND id NOT IN (SELECT event_id FROM realtime_events WHERE event_id IS NOT NULL)
LIMIT ?;

-- name: event_open_with_trace
SELECT e.id, e.target, e.status, min(r.id)
FROM realtime_events AS r JOIN machine_events AS e ON e.id = r.event_id
WHERE e.status IN ('pending', 'deferred')
GROUP BY e.id LIMIT ?;

-- name: event_applied_twice
SELECT event_id, count(*), min(machine_name) FROM realtime_events
WHERE event_type = 'state_change' AND event_id IS NOT NULL
GROUP BY event_id HAVING count(*) > 1 LIMIT ?;

-- name: cursor_beyond_list
SELECT machine_name, cursor, list_start, list_end FROM machine_state WHERE cursor > list_end OR cursor < list_start LIMIT ?;

-- name: finished_with_work
SELECT machine_name, cursor, list_end, coalesce(waits_for, 'nothing') FROM machine_state
WHERE status = 'finished' AND (cursor <> list_end OR waits_for IS NOT NULL) LIMIT ?;

-- name: entry_out_of_order
-- An internal transition stays in its entry; every other one begins the next.
SELECT machine_name, id, entry, previous
FROM (SELECT id, machine_name, entry, internal, lag(entry) OVER (PARTITION BY machine_name ORDER BY id) AS previous
      FROM (SELECT id, machine_name,
                   CASE WHEN json_valid(payload) THEN payload ->> '$.entry' END AS entry,
                   CASE WHEN json_valid(payload) THEN coalesce(payload ->> '$.internal', 0) END AS internal
            FROM realtime_events
            WHERE event_type = 'state_change'))
WHERE CASE WHEN internal THEN entry <> previous ELSE entry <= previous END
LIMIT ?;

-- name: state_not_as_in_history
SELECT m.machine_name, m.current_state, m.entry, last.state, last.entry
FROM machine_state AS m
JOIN (SELECT machine_name,
             CASE WHEN json_valid(payload) THEN payload ->> '$.to' END AS state,
             CASE WHEN json_valid(payload) THEN payload ->> '$.entry' END AS entry,
             max(id)
      FROM realtime_events WHERE event_type = 'state_change' GROUP BY machine_name) AS last USING (machine_name)
WHERE m.current_state <> last.state OR m.entry <> last.entry
LIMIT ?;

-- name: timer_of_nobody
SELECT name, machine_name FROM machine_timers WHERE machine_name NOT IN (SELECT machine_name FROM machine_state) LIMIT ?;

-- name: timer_of_finished
SELECT t.name, t.machine_name FROM machine_timers AS t JOIN machine_state AS m USING (machine_name)
WHERE m.status = 'finished' LIMIT ?;

-- name: job_text_malformed
SELECT id FROM jobs WHERE NOT json_valid(payload) OR NOT json_valid(coalesce(result, 'null')) LIMIT ?;

-- name: job_status_unknown
SELECT id, status FROM jobs
WHERE status NOT IN ('pending', 'scheduled', 'processing', 'completed', 'failed', 'cancelled') LIMIT ?;

-- name: job_of_nobody
SELECT id, coalesce(machine, '(none)') FROM jobs
WHERE status = 'processing' AND (machine IS NULL OR machine NOT IN (SELECT machine_name FROM machine_state)) LIMIT ?;

-- name: job_idle_with_machine
SELECT id, status, machine FROM jobs WHERE status <> 'processing' AND machine IS NOT NULL LIMIT ?;

-- name: job_never_claimed
SELECT id FROM jobs WHERE status = 'processing' AND (attempts < 1 OR started IS NULL) LIMIT ?;

-- name: job_finished_without_time
SELECT id, status FROM jobs WHERE status IN ('completed', 'failed', 'cancelled') AND finished IS NULL LIMIT ?;

-- name: job_open_with_time
SELECT id, status FROM jobs WHERE status IN ('pending', 'scheduled', 'processing') AND finished IS NOT NULL LIMIT ?;

-- name: job_failed_without_error
SELECT id FROM jobs WHERE status = 'failed' AND error IS NULL LIMIT ?;

-- name: job_key_twice
SELECT unique_key, count(*) FROM jobs
WHERE unique_key IS NOT NULL AND status IN ('pending', 'scheduled', 'processing')
GROUP BY unique_key HAVING count(*) > 1 LIMIT ?;

-- name: counts
SELECT (SELECT count(*) FROM machine_state) AS machines,
       (SELECT count(*) FROM machine_events) AS events,
       (SELECT count(*) FROM realtime_events) AS feed_rows,
       (SELECT count(*) FROM machine_timers) AS timers,
       (SELECT count(*) FROM jobs) AS jobs;
