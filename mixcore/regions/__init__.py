"""Regions: where A is kept and where B goes, one family of shapes a file."""
