"""Inputs and results of workflows and activities, and their names."""
