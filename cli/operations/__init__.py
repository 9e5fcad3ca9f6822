"""Running the product: servers, processes, settings, keys, recovery."""
