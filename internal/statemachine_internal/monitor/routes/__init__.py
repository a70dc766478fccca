"""The paths of the monitor, a file for each kind of thing; each makes a router for one station."""
