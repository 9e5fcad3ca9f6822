"""Actions on claims and appeals: kept, judged by a workflow, answered."""
