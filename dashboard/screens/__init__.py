"""One page a file, flat and thin."""
