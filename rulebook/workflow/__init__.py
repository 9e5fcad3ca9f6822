"""Loads and checks what the workflow itself needs: outcomes, pends, signatures, corrections, coordination."""
