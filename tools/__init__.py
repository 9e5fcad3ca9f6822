"""Developer scripts; nothing at run time imports them."""
