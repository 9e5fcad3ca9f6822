"""The review screen: criteria with evidence, documents, what would change the answer, and the actions."""
