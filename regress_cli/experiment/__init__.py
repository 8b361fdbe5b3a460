"""The main story: config -> data -> model -> training -> run folder, and what is told of it."""
