"""When the simulator's clock stands still in these tests."""

from datetime import datetime, timezone

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=timezone.utc)
