-- What a person wants of a machine. It heeds that in its next turn, or at its next start; no epoch is asked for.

-- name: machine
SELECT current_state, paused, control_path, reset_asked FROM machine_state WHERE machine_name = ?;

-- name: pause
UPDATE machine_state SET paused = ? WHERE machine_name = ? AND paused IS NULL;

-- name: unpause
UPDATE machine_state SET paused = NULL WHERE machine_name = ? AND paused IS NOT NULL;

-- name: ask_reset
UPDATE machine_state SET reset_asked = ? WHERE machine_name = ?;

-- name: tell
INSERT INTO realtime_events (machine_name, event_type, payload, event_id, created)
SELECT machine_name, ?1, json_object('state', current_state), NULL, ?2 FROM machine_state WHERE machine_name = ?3;
