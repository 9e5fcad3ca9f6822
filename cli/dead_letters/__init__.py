"""Records that no stream could read: reading, replaying and closing them."""
