-- name: finish
-- The next start begins a new run, as after a final state. The entry number stays: action keys are never used twice. So do
-- the attempts: an action that was cut short may have left commands behind, which the next start ends.
UPDATE machine_state
SET status = 'finished', cursor = list_end, failures = 0, waits_for = NULL, pid = NULL, epoch = epoch + 1,
    last_activity = ?, reset_asked = NULL
WHERE machine_name = ?;

-- name: tell
-- The same row as that of a machine which starts over while it runs.
INSERT INTO realtime_events (machine_name, event_type, payload, event_id, created)
SELECT machine_name, 'machine_terminated', json_object('state', current_state, 'reason', 'reset'), NULL, ?1
FROM machine_state WHERE machine_name = ?2;

-- name: drop_timers
DELETE FROM machine_timers WHERE machine_name = ?;
