"""The review screen: criteria with evidence, documents, facts that would change the answer, and the actions."""
