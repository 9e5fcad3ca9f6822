"""Letters to members and providers: preview and issue."""
