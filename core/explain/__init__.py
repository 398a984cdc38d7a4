"""Where a network looked, and how right that is."""
