-- name: accept
INSERT INTO machine_events (uid, source, target, type, job_id, payload, status, not_before, sender_uid, sender_pid, created,
                            processed, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (uid) DO NOTHING;

-- name: known
SELECT id FROM machine_events WHERE uid = ?;

-- name: status_of
SELECT status FROM machine_events WHERE uid = ?;

-- name: withdraw
UPDATE machine_events SET status = 'ignored', processed = ?, error = ?, uid = NULL WHERE uid = ? AND status = 'pending';

-- name: pending
SELECT id, source, type, job_id, payload, created
FROM machine_events
WHERE target = ? AND status = 'pending' AND not_before <= ?
ORDER BY id LIMIT ?;

-- name: pending_of
SELECT id, source, type, job_id, payload, created
FROM machine_events
WHERE target = ? AND status = 'pending' AND not_before <= ? AND type IN (SELECT value FROM json_each(?))
ORDER BY id LIMIT 64;

-- name: next_due
SELECT min(not_before) FROM machine_events WHERE target = ? AND status = 'pending' AND not_before > ?;

-- name: settle
UPDATE machine_events SET status = ?, processed = ?, error = ? WHERE id = ?;

-- name: undefer
UPDATE machine_events SET status = 'pending' WHERE target = ? AND status = 'deferred';

-- name: clear
UPDATE machine_events SET status = 'ignored', processed = ?, error = ?
WHERE target = ? AND status IN ('pending', 'deferred') AND (? IS NULL OR type IN (SELECT value FROM json_each(?)));

-- name: outbox_targets
SELECT DISTINCT target FROM machine_events WHERE source = ? AND status = 'pending';
