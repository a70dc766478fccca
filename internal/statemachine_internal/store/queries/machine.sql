-- name: load
SELECT machine_name, current_state, status, entry, via, list_start, cursor, list_end, attempts, failures, waits_for, context,
       definition_hash, config_type, control_path, epoch, pid, boot_id, invocation_id, started, last_activity, paused,
       reset_asked
FROM machine_state WHERE machine_name = ?;

-- name: wishes
SELECT paused IS NOT NULL, reset_asked IS NOT NULL FROM machine_state WHERE machine_name = ?;

-- name: epoch
SELECT epoch FROM machine_state WHERE machine_name = ?;

-- name: summaries
SELECT machine_name, current_state, status FROM machine_state ORDER BY machine_name;

-- name: create
INSERT INTO machine_state (machine_name, current_state, status, entry, via, list_start, cursor, list_end, attempts, failures,
                           context, definition_hash, config_type, control_path, epoch, pid, boot_id, invocation_id, started,
                           last_activity)
VALUES (?, ?, 'running', ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?);

-- name: claim
-- A new process of the machine: whoever held an older epoch can store nothing from here on. Its start is what a reset asks for.
UPDATE machine_state
SET epoch = epoch + 1, definition_hash = ?, config_type = ?, control_path = ?, pid = ?, boot_id = ?, invocation_id = ?,
    started = ?, last_activity = ?, reset_asked = NULL
WHERE machine_name = ?
RETURNING epoch;

-- name: leave
UPDATE machine_state SET pid = NULL WHERE machine_name = ? AND epoch = ?;

-- name: describe
UPDATE machine_state SET definition_hash = ?, config_type = ? WHERE machine_name = ?;

-- name: keep_definition
INSERT INTO definitions (hash, text, file, created) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING;

-- name: save
UPDATE machine_state
SET current_state = ?, status = ?, entry = ?, via = ?, list_start = ?, cursor = ?, list_end = ?, attempts = ?, failures = ?,
    waits_for = ?, context = ?, last_activity = ?
WHERE machine_name = ? AND epoch = ?;

-- name: timers
SELECT name, due FROM machine_timers WHERE machine_name = ?;

-- name: set_timer
INSERT INTO machine_timers (machine_name, name, due) VALUES (?, ?, ?)
ON CONFLICT (machine_name, name) DO UPDATE SET due = excluded.due;

-- name: drop_timer
DELETE FROM machine_timers WHERE machine_name = ? AND name = ?;

-- name: drop_timers
DELETE FROM machine_timers WHERE machine_name = ?;
