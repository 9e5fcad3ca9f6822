"""Activities of a pended claim: opening its review, reviewer actions, deadlines and bulk retries."""
