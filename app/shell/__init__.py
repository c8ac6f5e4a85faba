"""What stands around the pages: front, drawer, tooltips, address, visitor, settings."""
