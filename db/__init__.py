"""What the desk remembers: the nouns, and one file of queries and commands for each of them.

Functions take an open `Session` and give back plain dataclasses; committing is the business of `db.session`.
"""
