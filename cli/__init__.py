"""The command line `claimwright`."""
