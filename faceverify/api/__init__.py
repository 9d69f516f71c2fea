"""What all endpoints of the API share, whatever they serve."""
