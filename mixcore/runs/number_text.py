"""Numbers of runs in words."""


def format_duration(seconds: float) -> str:
    """Seconds in words, such as "3 min"; what takes any time at all takes a second."""
    if seconds < 90:
        return f"{max(int(seconds > 0), round(seconds))} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
