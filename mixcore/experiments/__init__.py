"""Small experiments on a CPU: many networks trained at once, and data whose truth is known."""
