"""From what a person typed, or wrote into a sweep file, to a sweep."""
