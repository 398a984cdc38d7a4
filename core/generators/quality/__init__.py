"""How good generated pictures are: distances to real ones in the features of a network, variety, copies."""
