"""Amazon's Selling Partner API on localhost: faithful in what hurts."""

from .server import ThreadedSimulator

__all__ = ["ThreadedSimulator"]
