"""Audits: over a whole data set, how far labels are from what can be seen of each object.

`Request` says what is asked for, `engine` makes the rows, `table` keeps them, `summary` and
`report` say what they mean; `AuditLog` writes the same table from the user's own training loop.
"""
