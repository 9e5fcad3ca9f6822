"""Coverage, authorization, roster and document feeds."""
