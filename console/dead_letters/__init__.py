"""Dead letters: refused events, their original bytes, and their replay."""
