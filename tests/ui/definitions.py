"""The machines that the pages are shown with."""

from __future__ import annotations

# Whatever a diagram can draw: groups, a wildcard that interrupts, a timeout, a condition, and transitions that stay.
DESK = """
name: desk
initial_state: new
state_groups:
  Intake: [new, checking]
  Work: [packing, waiting_for_stock]
transitions:
  - {from: new, to: checking, event: submit}
  - {from: new, event: note, actions: [{type: log, message: "noted"}]}
  - {from: checking, to: packing, event: valid}
  - {from: checking, to: new, event: invalid}
  - {from: checking, to: new, event: timeout(900)}
  - {from: checking, to: checking, event: again}
  - {from: packing, to: waiting_for_stock, event: missing, when: "event.payload.n == 1"}
  - {from: waiting_for_stock, to: packing, event: found}
  - {from: packing, to: done, event: packed}
  - {from: done, to: new, event: next}
  - {from: "*", to: new, event: call_off, interrupt: true}
actions:
  checking:
    - {type: set_context, key: order, value: "{event_data.payload}"}
    - {type: log, message: "an order came", level: info}
  packing:
    - {type: log, message: "all is <b>well</b> <img src=x onerror=boom()>", level: success}
  waiting_for_stock:
    - {type: log, message: "nothing on the shelf", level: error}
"""

# Two that write to each other.
ASKER = """
name: asker
initial_state: idle
transitions:
  - {from: idle, to: asking, event: ask}
  - {from: asking, to: idle, event: answer}
actions:
  asking:
    - {type: send_event, target_machine: answerer, event_type: question, payload: {text: "how many?"}}
"""
ANSWERER = """
name: answerer
initial_state: listening
transitions:
  - {from: listening, to: answering, event: question}
  - {from: answering, to: listening, event: answered}
actions:
  answering:
    - {type: send_event, target_machine: asker, event_type: answer, success: answered}
"""

# Takes jobs of one type; there are two such machines, so that the overview has something to fold.
WORKER = """
name: worker
initial_state: resting
transitions:
  - {from: resting, to: working, event: new_job}
  - {from: working, to: resting, event: done}
  - {from: "*", to: stopped, event: stop}
actions:
  resting:
    - {type: check_database_queue, job_type: resize}
  working:
    - {type: complete_job, result: {size: 12}, success: done}
"""

MACHINES = {"desk": DESK, "asker": ASKER, "answerer": ANSWERER, "worker-1": WORKER, "worker-2": WORKER}
