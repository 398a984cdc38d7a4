"""The study: how good each generator's pictures are, and how well each detector finds them."""
