-- name: add
INSERT INTO jobs (id, type, machine_type, input_file, payload, priority, status, attempts, max_attempts, run_after, unique_key,
                  source_job, created)
VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING;

-- name: by_id
SELECT id, type, machine_type, input_file, payload, priority, status, attempts, max_attempts, run_after, unique_key, machine,
       progress, result, error, source_job, created, started, finished
FROM jobs WHERE id = ?;

-- name: open_with_key
SELECT id FROM jobs WHERE unique_key = ? AND status IN ('pending', 'scheduled', 'processing');

-- name: promote
UPDATE jobs SET status = 'pending' WHERE status = 'scheduled' AND run_after <= ?;

-- name: next_pending
-- A machine that names no type, or no machine type, takes any; a job that names none goes to any machine.
SELECT id FROM jobs
WHERE status = 'pending' AND type = ?1 AND (?2 IS NULL OR machine_type IS NULL OR machine_type = ?2)
ORDER BY priority, seq LIMIT 1;

-- name: next_pending_any
SELECT id FROM jobs
WHERE status = 'pending' AND (?1 IS NULL OR machine_type IS NULL OR machine_type = ?1)
ORDER BY priority, seq LIMIT 1;

-- name: claim
-- No RETURNING: it goes through a table of its own, which costs more than all the rest of a claim. The transaction has the
-- write lock before it looks for the job.
UPDATE jobs SET status = 'processing', machine = ?1, attempts = attempts + 1, started = ?2, progress = NULL
WHERE id = ?3 AND status = 'pending';

-- name: next_scheduled
SELECT min(run_after) FROM jobs
WHERE status = 'scheduled' AND (?1 IS NULL OR type = ?1) AND (?2 IS NULL OR machine_type IS NULL OR machine_type = ?2);

-- name: pending
SELECT id FROM jobs
WHERE status = 'pending' AND (?1 IS NULL OR type = ?1) AND (?2 IS NULL OR machine_type IS NULL OR machine_type = ?2)
ORDER BY priority, seq LIMIT ?3;

-- name: complete
-- Open is what has no end yet, as a CHECK says; to ask for three statuses would fill a table with them first.
UPDATE jobs SET status = 'completed', machine = NULL, progress = 100, result = ?2, error = NULL, finished = ?3
WHERE id = ?1 AND finished IS NULL;

-- name: fail
UPDATE jobs SET status = 'failed', machine = NULL, error = ?2, finished = ?3
WHERE id = ?1 AND finished IS NULL;

-- name: retry_at
UPDATE jobs SET status = 'scheduled', machine = NULL, error = ?2, run_after = ?3 WHERE id = ?1 AND status = 'processing';

-- name: release
-- An attempt that is given back was none: it neither failed nor ran to its end.
UPDATE jobs SET status = 'pending', machine = NULL, attempts = max(attempts - 1, 0) WHERE id = ?1 AND status = 'processing';

-- name: reopen
UPDATE OR IGNORE jobs SET status = 'pending', attempts = 0, finished = NULL, error = NULL, result = NULL, progress = NULL
WHERE id = ?1 AND status IN ('completed', 'failed', 'cancelled');

-- name: cancel
UPDATE jobs SET status = 'cancelled', machine = NULL, error = ?2, finished = ?3
WHERE id = ?1 AND finished IS NULL;

-- name: progress
UPDATE jobs SET progress = ?3 WHERE id = ?1 AND machine = ?2 AND status = 'processing';

-- name: of_machine
SELECT id FROM jobs WHERE machine = ? AND status = 'processing' ORDER BY seq;

-- name: status_of
SELECT id, status FROM jobs WHERE id IN (SELECT value FROM json_each(?));

-- name: waiting
-- The machines that wait for something of the queue, and for what.
SELECT machine_name, waits_for FROM machine_state
WHERE waits_for IS NOT NULL AND (waits_for -> '$.jobs_for' IS NOT NULL OR waits_for -> '$.jobs' IS NOT NULL);
