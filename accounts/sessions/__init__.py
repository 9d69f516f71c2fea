"""Sessions: how they are stored, how long they live, who is signed in where, and ending them."""
