"""Findings: rows that were measured, claims declared before, and verdicts that are computed."""
