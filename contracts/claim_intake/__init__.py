"""From a submitted claim event to the core's claim: checks, identity and mapping."""
