"""What a decision waits for before it is released: a supervisor's approval of its amount, a look by quality."""
