"""The networks in Keras. Importing most of these imports Keras and its backend."""
