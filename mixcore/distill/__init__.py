"""Losses by which a student learns from a teacher, one published idea a file."""
