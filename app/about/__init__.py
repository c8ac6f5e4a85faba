"""The About page: versions, privacy, credits."""
