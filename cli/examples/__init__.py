"""The table of ordinary claims with their right answers (examples/claims): read, adjudicated and compared.

The answers come from the sources that each row cites, never from a run. The pure core decides with the shipped policies;
no server takes part.
"""
