"""What the product does: two photos in, a verdict out."""
