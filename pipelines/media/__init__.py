"""From a file to evidence, without a database: probe, decode, shots, faces, tracks, crops, quality, analyse."""
