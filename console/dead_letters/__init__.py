"""Dead letters: what was refused, its original bytes, and sending it again."""
