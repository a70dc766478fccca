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
      -- Its process ended in the middle of its actions, and not because the next one waits for something.
      SELECT machine_name, 'actions to go on with'
      FROM machine_state AS m
      WHERE status IN ('running', 'waiting', 'stopped') AND cursor < list_end AND waits_for IS NULL
        AND NOT EXISTS (SELECT 1 FROM machine_timers AS t WHERE t.machine_name = m.machine_name AND t.name = 'action'))
LEFT JOIN machine_state ON machine_name = name
WHERE status IS NOT 'paused'
GROUP BY name ORDER BY name;

-- name: next_due
SELECT name, min(due) AS due
FROM (SELECT target AS name, not_before AS due
      FROM machine_events WHERE status = 'pending' AND not_before > ?1 AND target <> 'ui'
      UNION ALL
      SELECT machine_name, due FROM machine_timers JOIN machine_state USING (machine_name)
      WHERE due > ?1 AND machine_state.status <> 'finished')
LEFT JOIN machine_state ON machine_name = name
WHERE status IS NOT 'paused'
GROUP BY name ORDER BY 2, 1;

-- name: control_path
SELECT control_path FROM machine_state WHERE machine_name = ?;
