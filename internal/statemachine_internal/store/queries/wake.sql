-- Whom something waits for, whether or not a process of it lives: that only its lock tells. Times are microseconds.
-- A machine that is paused takes nothing up, and of one that is finished only an event makes a new run. A target may never
-- have run.

-- name: due
SELECT name, control_path, group_concat(reason, ', ') AS reasons
FROM (SELECT target AS name, count(*) || iif(count(*) = 1, ' event', ' events') AS reason
      FROM machine_events WHERE status = 'pending' AND not_before <= ?1 AND target <> 'ui' GROUP BY target
      UNION ALL
      SELECT machine_name, 'timer ' || group_concat(name, ', timer ')
      FROM machine_timers JOIN machine_state USING (machine_name)
      WHERE due <= ?1 AND machine_state.status <> 'finished' GROUP BY machine_name
      UNION ALL
      -- It is parked for a job, and there is one.
      SELECT machine_name, count(*) || iif(count(*) = 1, ' pending job', ' pending jobs')
      FROM awaited_jobs JOIN machine_state AS m USING (machine_name)
      WHERE m.status IN ('running', 'waiting', 'stopped')
        AND (awaited_jobs.status = 'pending' OR awaited_jobs.run_after <= ?1)
      GROUP BY machine_name
      UNION ALL
      -- It is parked for the end of jobs, none of which is open.
      SELECT machine_name, 'the end of its jobs'
      FROM (SELECT machine_name, status, CASE WHEN json_valid(waits_for) THEN waits_for -> '$.jobs' END AS ids
            FROM machine_state WHERE waits_for IS NOT NULL) AS w
      WHERE status IN ('running', 'waiting', 'stopped') AND ids IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM json_each(ids) JOIN jobs AS j ON j.id = value
                        WHERE j.status IN ('pending', 'scheduled', 'processing'))
      UNION ALL
      -- Its process ended in the middle of its actions, and not because the next one waits for something. Where those belong
      -- to an internal transition, the way back to a parked action is stored where a wait is.
      SELECT machine_name, 'actions to go on with'
      FROM machine_state AS m
      WHERE status IN ('running', 'waiting', 'stopped') AND cursor < list_end
        AND (waits_for IS NULL OR CASE WHEN json_valid(waits_for) THEN json_remove(waits_for, '$.return') = '{}' END)
        AND NOT EXISTS (SELECT 1 FROM machine_timers AS t WHERE t.machine_name = m.machine_name AND t.name = 'action'))
LEFT JOIN machine_state ON machine_name = name
WHERE paused IS NULL
GROUP BY name ORDER BY name;

-- name: next_due
SELECT name, min(due) AS due
FROM (SELECT target AS name, not_before AS due
      FROM machine_events WHERE status = 'pending' AND not_before > ?1 AND target <> 'ui'
      UNION ALL
      SELECT machine_name, due FROM machine_timers JOIN machine_state USING (machine_name)
      WHERE due > ?1 AND machine_state.status <> 'finished'
      UNION ALL
      SELECT machine_name, run_after
      FROM awaited_jobs JOIN machine_state AS m USING (machine_name)
      WHERE m.status IN ('running', 'waiting', 'stopped') AND awaited_jobs.status = 'scheduled' AND run_after > ?1)
LEFT JOIN machine_state ON machine_name = name
WHERE paused IS NULL
GROUP BY name ORDER BY 2, 1;

-- name: control_path
SELECT control_path FROM machine_state WHERE machine_name = ?;
