"""Results as words and cells, a file for each kind of result; `view` draws them."""
