"""Search: our query language, our analysis, and engines behind one port."""
