"""One experiment with several seeds: trained as one stack where that is possible."""
