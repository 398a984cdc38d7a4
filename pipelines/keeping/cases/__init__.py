"""A whole case as one file that another desk can take in: written by one, read by the other, trusted by neither."""
