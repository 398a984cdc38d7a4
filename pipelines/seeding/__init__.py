"""A made-up desk, as large as one likes: what pages and queries are measured on.

Nothing here was analysed. Numbers are drawn so that they look like a newsroom's two years: more work on weekdays,
bands as a detector of middling skill gives them, people who mostly agree with it and sometimes don't.
"""
