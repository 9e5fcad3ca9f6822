"""Side effects of adjudication, one capability a module, through the ports in activities/ports.py."""
