"""What is kept, until when and why: schedules, clocks and their explanation."""
