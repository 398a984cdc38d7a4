"""From frame scores to what the desk says: aggregation, calibration, bands, and how good all that is."""
