"""The policies as pages: rules beside their source, cases, releases, where they are used, and a document to print."""
