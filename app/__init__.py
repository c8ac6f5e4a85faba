"""MixScope, the browser app: pages in `views`, their parts in `parts`, the library in `service`."""
