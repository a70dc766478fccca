-- name: append
INSERT INTO realtime_events (machine_name, event_type, payload, event_id, created) VALUES (?, ?, ?, ?, ?);

-- name: after
SELECT id, machine_name, event_type, payload, event_id, created FROM realtime_events WHERE id > ? ORDER BY id LIMIT ?;

-- name: last_id
SELECT coalesce(max(id), 0) FROM realtime_events;

-- name: speaks_of
SELECT EXISTS (SELECT 1 FROM realtime_events WHERE id > ? AND id <= ? AND machine_name = ?);
