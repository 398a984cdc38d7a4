"""How detectors learn: fakes made from real faces, degradation, data, the loop, checkpoints."""
