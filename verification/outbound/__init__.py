"""Connections to addresses that users gave, made from inside our network."""
