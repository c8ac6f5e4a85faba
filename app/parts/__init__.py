"""The parts that Explore is made of: each draws one panel, from values to widgets or words."""
