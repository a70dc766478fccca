"""The queue's rules: who gets which job, what becomes of it, and who is woken.

    add ──► pending ──claim──► processing ──complete──► completed
     │         ▲                   │
     │         └──due── scheduled ◄┴──fail, attempts left
     └─run_after─────────▲         └──fail, none left──► failed          cancel ──► cancelled

Each of these happens inside the transaction of the step that it belongs to, so that a job is claimed by one machine, in
the commit of the transition that the claim triggers (rule P5), and finishing one job and claiming the next is one
commit. Nothing polls: adding a job rings the machines that are parked for one of its type, finishing it those that
wait for it.
"""
