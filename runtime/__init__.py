"""The composition root: settings, wiring, command line, process entry points and the local stack."""
