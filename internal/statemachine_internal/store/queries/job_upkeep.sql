-- name: remove
DELETE FROM jobs WHERE id = ? AND status <> 'processing';

-- name: worked_on
SELECT id FROM jobs WHERE status = 'processing' ORDER BY seq;
