"""What Prometheus reads. Events are counted in the process that sees them and shared through a folder;
what is the case now is looked up when it is asked for. No label holds anything personal, nor a
value that users choose."""
