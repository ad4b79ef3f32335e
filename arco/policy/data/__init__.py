"""Data that the policy engine reads, each file with its public source and the tool that rebuilds it."""
