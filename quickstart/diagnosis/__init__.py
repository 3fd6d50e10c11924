"""What is wrong, why, and what mends it: the one place that knows causes and mends."""
