"""Documents that match no claim, or are of a kind nobody knows, as a page and over HTTP."""
