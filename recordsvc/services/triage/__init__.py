"""What a person has to look at: uncertain values, and files that were not read."""
