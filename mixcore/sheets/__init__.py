"""Sheets: what a lab shows at one moment, as plain data, and how it gets to page and paper."""
