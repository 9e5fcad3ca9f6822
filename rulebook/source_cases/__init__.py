"""Cases written from the sentences of the sources, run on the policies that implement them."""
