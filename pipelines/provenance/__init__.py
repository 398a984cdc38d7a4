"""Where a file comes from: what is written in it, who signed it, and whether the desk has met it before."""
