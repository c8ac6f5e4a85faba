"""Labs: a gallery of papers, and one page on which each is seen and tested."""
