"""The engine that runs a machine from Python."""
