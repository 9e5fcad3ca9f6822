"""Values that the database returns to the console, the command line and the activities."""
