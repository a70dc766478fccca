"""The machines of the README's picture: a small photo service at work."""

from __future__ import annotations

ORDERS = """
name: orders
initial_state: waiting
state_groups:
  Intake: [waiting, checking]
  Work: [printing, out_of_paper]
transitions:
  - {from: waiting, to: checking, event: order}
  - {from: checking, to: printing, event: valid}
  - {from: checking, to: waiting, event: invalid}
  - {from: checking, to: waiting, event: timeout(900)}
  - {from: printing, to: out_of_paper, event: empty}
  - {from: out_of_paper, to: printing, event: filled}
  - {from: printing, to: sent, event: printed}
  - {from: sent, to: waiting, event: next}
  - {from: "*", to: waiting, event: call_off, interrupt: true}
actions:
  checking:
    - {type: set_context, key: order, value: "{event_data.payload.number}"}
    - {type: log, message: "order {order} came in"}
  printing:
    - {type: log, message: "prints order {order}", level: success}
  out_of_paper:
    - {type: log, message: "no paper in tray 2", level: error}
"""

MAILER = """
name: mailer
initial_state: idle
transitions:
  - {from: idle, to: sending, event: mail}
  - {from: sending, to: idle, event: delivered}
  - {from: sending, to: backing_off, event: refused}
  - {from: backing_off, to: sending, event: timeout(600)}
"""

GATE = """
name: gate
initial_state: closed
transitions:
  - {from: closed, to: open, event: push}
  - {from: open, to: closed, event: timeout(3600)}
  - {from: open, to: closed, event: pull}
"""

BACKUP = """
name: backup
initial_state: resting
transitions:
  - {from: resting, to: copying, event: timeout(86400)}
  - {from: copying, to: verifying, event: copied}
  - {from: verifying, to: resting, event: same}
  - {from: verifying, to: copying, event: differs}
"""

# It works on a job until it is told to stop, so that the picture finds it at work.
RESIZER = """
name: resizer
initial_state: waiting
transitions:
  - {from: waiting, to: resizing, event: new_job}
  - {from: resizing, to: storing, event: resized}
  - {from: storing, to: waiting, event: stored}
  - {from: "*", to: waiting, event: error}
actions:
  waiting:
    - {type: check_database_queue, job_type: resize}
  resizing:
    - type: bash
      command: |
        echo "progress: {current_job.payload.percent}%"
        case {current_job.payload.percent} in 100) ;; *) exec sleep 600;; esac
      timeout: 900
      success: resized
  storing:
    - {type: log, message: "{current_job.payload.file} is stored", level: success}
    - {type: complete_job, result: {bytes: 48213}, success: stored}
"""

MACHINES = {
    "backup": BACKUP,
    "orders": ORDERS,
    "mailer": MAILER,
    "gate": GATE,
    "resizer-1": RESIZER,
    "resizer-2": RESIZER,
    "resizer-3": RESIZER,
    "resizer-4": RESIZER,
}
