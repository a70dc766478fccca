-- What is old. ?1 is the time before which it is. All this only reads; what it finds stays true, since a settled event never
-- opens again, a row of the feed never changes, and newer rows only come at the end.

-- name: starts
-- Of each machine, the change of state that its history begins with from now on: the first that must stay. It is not old, or
-- its event isn't; or it is the newest. What comes before it goes without a gap, so that entries stay in order.
CREATE TEMP TABLE history_starts AS
SELECT machine_name, coalesce(min(CASE WHEN stays THEN id END), max(id)) AS first
FROM (SELECT id, machine_name,
             created >= ?1 OR EXISTS (SELECT 1 FROM machine_events AS e
                                      WHERE e.id = r.event_id AND (e.processed IS NULL OR e.processed >= ?1)) AS stays
      FROM main.realtime_events AS r WHERE event_type = 'state_change')
GROUP BY machine_name;

-- name: starts_by_name
CREATE UNIQUE INDEX temp.history_starts_by_name ON history_starts (machine_name);

-- name: forget_starts
DROP TABLE IF EXISTS temp.history_starts;

-- name: old_events
-- Settled, and only those: what is open has no time of processing.
SELECT id FROM machine_events WHERE id > ?2 AND processed < ?1 AND (?4 IS NULL OR status = ?4) ORDER BY id LIMIT ?3;

-- name: old_feed
-- A row by which an event is known to have been processed stays as long as the event.
SELECT id FROM main.realtime_events AS r
WHERE id > ?2 AND created < ?1
  AND NOT EXISTS (SELECT 1 FROM machine_events AS e
                  WHERE e.id = r.event_id AND (e.processed IS NULL OR e.processed >= ?1))
  AND (event_type <> 'state_change' OR id < (SELECT first FROM temp.history_starts AS h WHERE h.machine_name = r.machine_name))
ORDER BY id LIMIT ?3;

-- name: delete_events
DELETE FROM machine_events WHERE id IN (SELECT value FROM json_each(?2)) AND processed < ?1;

-- name: delete_feed
DELETE FROM realtime_events WHERE id IN (SELECT value FROM json_each(?2)) AND created < ?1;

-- name: old_jobs
-- A failed job stays with its error until somebody deletes it by its status. One that is needed stays: to whom waits for its end
-- it would be gone, and not completed.
SELECT seq FROM jobs
WHERE seq > ?2 AND finished < ?1 AND CASE WHEN ?4 IS NULL THEN status <> 'failed' ELSE status = ?4 END
  AND id NOT IN (SELECT id FROM needed_jobs)
ORDER BY seq LIMIT ?3;

-- name: delete_jobs
-- One that was opened again meanwhile stays, and so does one that is needed by now.
DELETE FROM jobs
WHERE seq IN (SELECT value FROM json_each(?2)) AND finished < ?1 AND id NOT IN (SELECT id FROM needed_jobs);

-- name: delete_definitions
-- Nobody runs by them any more, and no start that is in the history did.
DELETE FROM definitions
WHERE created < ?1
  AND hash NOT IN (SELECT definition_hash FROM machine_state)
  AND hash NOT IN (SELECT coalesce(payload ->> '$.definition', '') FROM realtime_events WHERE event_type = 'machine_registered');
