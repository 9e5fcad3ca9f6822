"""The worklist at the terminal: claims that wait for a person, and actions on them."""
