"""What analysts' verdicts change: proposals, exclusions, the life of rules."""
