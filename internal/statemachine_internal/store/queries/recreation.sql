-- name: empty
-- All tables but SQLite's own: the numbers of rows go on, so that no follower meets an old one again.
DELETE FROM machine_timers;
DELETE FROM machine_state;
DELETE FROM machine_events;
DELETE FROM realtime_events;
DELETE FROM jobs;
DELETE FROM definitions;
