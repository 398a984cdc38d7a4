"""Detectors: a folder of weights and a card each, loaded and checked by `registry`."""
