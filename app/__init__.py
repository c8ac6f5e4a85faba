"""MixScope, the browser app: a folder a page, and what pages share; see docs/architecture.md."""
