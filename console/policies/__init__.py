"""The policies as pages: rules with their source, cases, releases, where they are used, and a document to print."""
