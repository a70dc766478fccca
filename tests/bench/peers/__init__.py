"""Other queues at the same work as ours; each has a program here, which runs in ``.venv-peers``.

PEER add FOLDER FIRST COUNT     puts jobs into the queue, each a commit
PEER work FOLDER NAME           is one worker, until it is ended
PEER version                    says what it is
"""
