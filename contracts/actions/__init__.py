"""Actions a reviewer, appeals staff or operations may take, as messages."""
