"""The desk: a person's open work, absences, and, for supervisors, the workload of others."""
