"""An identity provider for the local stack: the user picks a person from the staff list to sign in."""
