-- What happened to one machine, oldest first. ?1 is its name, ?2 the time from which on.

-- name: changes
SELECT r.id, r.created, r.payload, e.id, e.type, e.payload, e.job_id, e.source
FROM realtime_events AS r LEFT JOIN machine_events AS e ON e.id = r.event_id
WHERE r.machine_name = ?1 AND r.created >= ?2 AND r.event_type = 'state_change'
ORDER BY r.id;

-- name: refusals
-- Events that no transition took. The error names the state, which nothing else records.
SELECT id, processed, error, type, payload, job_id, source
FROM machine_events
WHERE target = ?1 AND processed >= ?2 AND status IN ('ignored', 'failed') AND error LIKE 'no transition takes it in state ''%'
ORDER BY processed, id;

-- name: known
SELECT machine_name FROM machine_state WHERE machine_name = ?1;
