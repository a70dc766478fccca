-- What the commands list of jobs, and of machines and their jobs. The columns' names are the keys of their JSON.

-- name: jobs
-- A scheduled job whose time has come is pending: a claim finds it, and its row says so then.
SELECT id, type, machine_type, status, priority, attempts, max_attempts, machine, progress, created, run_after, started,
       finished, input_file, unique_key, source_job, error,
       CASE WHEN ?1 THEN payload END AS payload, CASE WHEN ?1 THEN result END AS result
FROM (SELECT seq, id, type, machine_type,
             CASE WHEN status = 'scheduled' AND run_after <= ?2 THEN 'pending' ELSE status END AS status,
             priority, attempts, max_attempts, machine, progress, created, nullif(run_after, 0) AS run_after, started,
             finished, input_file, unique_key, source_job, error, payload, result
      FROM jobs)
WHERE (?3 IS NULL OR status = ?3)
  AND (?4 IS NULL OR type = ?4)
  AND (?5 IS NULL OR machine = ?5)
  AND (?6 IS NULL OR id = ?6)
ORDER BY seq DESC LIMIT ?7;

-- name: failures
-- Each job that was given up, and each machine's latest error, newest first.
SELECT created, kind, name, errors, error
FROM (SELECT finished AS created, 'job' AS kind, id AS name, max(attempts, 1) AS errors, error
      FROM jobs WHERE status = 'failed'
      UNION ALL
      SELECT e.created, 'machine', e.machine_name, last.errors, e.error
      FROM (SELECT max(id) AS id, count(*) AS errors FROM error_history GROUP BY machine_name) AS last
      JOIN error_history AS e USING (id))
ORDER BY created DESC, name LIMIT ?1;

-- name: log
SELECT id, created, machine_name AS machine,
       CASE WHEN json_valid(payload) THEN payload ->> '$.level' END AS level,
       CASE WHEN json_valid(payload) THEN payload ->> '$.state' END AS state,
       CASE WHEN json_valid(payload) THEN payload ->> '$.job_id' END AS job_id,
       CASE WHEN json_valid(payload) THEN coalesce(payload ->> '$.message', payload) ELSE payload END AS message
FROM realtime_events
WHERE event_type = 'activity_log' AND (?1 IS NULL OR machine_name = ?1) AND created >= ?2
ORDER BY id DESC LIMIT ?3;

-- name: machines
SELECT machine_name AS machine, current_state AS state, iif(paused IS NULL, status, 'paused') AS status,
       (SELECT group_concat(id, ', ') FROM jobs AS j WHERE j.machine = machine_name AND j.status = 'processing') AS job,
       (SELECT min(progress) FROM jobs AS j WHERE j.machine = machine_name AND j.status = 'processing') AS progress,
       (SELECT min(started) FROM jobs AS j WHERE j.machine = machine_name AND j.status = 'processing') AS job_started,
       CASE WHEN waits_for IS NULL OR NOT json_valid(waits_for) THEN NULL
            WHEN waits_for -> '$.jobs_for' IS NOT NULL
            THEN 'a job' || coalesce(' of type ' || (waits_for ->> '$.jobs_for.type'), '')
            WHEN waits_for -> '$.jobs' IS NOT NULL
            THEN json_array_length(waits_for -> '$.jobs')
                 || iif(json_array_length(waits_for -> '$.jobs') = 1, ' job''s end', ' jobs'' ends')
            WHEN waits_for -> '$.machine' IS NOT NULL THEN 'machine ' || (waits_for ->> '$.machine')
            WHEN waits_for -> '$.return' IS NOT NULL THEN NULL
            ELSE waits_for END AS parked_for,
       (SELECT count(*) FROM machine_events WHERE target = machine_name AND status = 'pending') AS pending,
       coalesce(awaited.number, 0) AS waiting_jobs,
       failures, pid, started, last_activity, waits_for
FROM machine_state AS m
LEFT JOIN (SELECT machine_name, count(*) AS number FROM awaited_jobs WHERE status = 'pending' OR run_after <= ?2
           GROUP BY machine_name) AS awaited USING (machine_name)
WHERE ?1 IS NULL OR machine_name = ?1
ORDER BY machine_name LIMIT ?3;

-- name: health
SELECT machine_name AS machine, current_state AS state, iif(paused IS NULL, status, 'paused') AS status, failures,
       (SELECT group_concat(id, ', ') FROM jobs AS j WHERE j.machine = machine_name AND j.status = 'processing') AS job,
       (SELECT error FROM error_history AS e WHERE e.machine_name = m.machine_name ORDER BY id DESC LIMIT 1) AS error
FROM machine_state AS m
WHERE ?1 IS NULL OR machine_name = ?1
ORDER BY machine_name;
