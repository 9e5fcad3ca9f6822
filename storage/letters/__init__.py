"""Letters issued to members and providers."""
