"""Activities of an appeal: actions on it, and what follows from its decision."""
