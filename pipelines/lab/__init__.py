"""The lab of the desk: runs of generators, what they make, and how the desk's detectors take it."""
