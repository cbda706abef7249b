"""Networks side by side: their numbers in a row each, filtered and sorted, and two of them layer by layer."""
