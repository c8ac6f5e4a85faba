"""The frame of the pages: front, drawer, tooltips, address, visitor, settings."""
