"""The long-running processes: worker, intake, feeds and publisher, with health and metrics."""
