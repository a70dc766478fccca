"""The monitor, for those who start it with ``python -m``; ``statemachine-ui`` is the program for everybody else."""
