"""Documents that match no claim, or are of an unknown kind: the page and the API."""
