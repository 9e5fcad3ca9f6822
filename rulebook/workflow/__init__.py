"""Loads and checks the data of the workflow itself: outcomes, pends, signatures, corrections, coordination."""
