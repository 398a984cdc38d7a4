"""From a file to evidence, without a database: probe, decode, shots, faces, tracks, crops, quality, analyse."""

import os

# MediaPipe and LiteRT tell of every delegate they create; what matters reaches us as exceptions.
os.environ.setdefault("GLOG_minloglevel", "2")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
