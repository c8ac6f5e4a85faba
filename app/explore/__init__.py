"""The Explore page: one mix of a few photos, seen whole and taken apart."""
