"""The pages of MixScope, one a file."""
