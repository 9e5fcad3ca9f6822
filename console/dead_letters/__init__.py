"""Dead letters: the refused events, their original bytes, and sending them again."""
