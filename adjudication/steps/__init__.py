"""The steps of adjudication in order, each a pure function from values to findings, and the fold that decides."""
