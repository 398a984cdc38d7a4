"""Broken files on purpose, by the thousand: whatever is sent in must end in a state with a reason.

`seeds` makes small whole files of every kind, `mutate` breaks them, `trying` reads them inside the confined process as
the desk would, `run` counts what came of it. The same seed breaks the same files, so what was found can be had again.
"""
