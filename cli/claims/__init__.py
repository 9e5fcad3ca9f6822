"""Claims at the terminal: sending them, watching them, and explaining a decision."""
