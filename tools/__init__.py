"""What ``./acorn`` runs: Python standard library only."""
