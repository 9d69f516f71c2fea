"""The process that follows cameras, and the door to it in the web process."""
