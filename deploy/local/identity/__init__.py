"""An identity provider for one machine: everybody on the staff list is one click away, and nobody else."""
