"""MixScope, the browser app: a folder a page, and what pages share.

The way in is docs/architecture.md.
"""
