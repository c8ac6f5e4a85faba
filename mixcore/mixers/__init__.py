"""Mixers that are no registered method: recipes that stand for what somebody released."""
