"""The planner: plans as files in git, read, checked and rendered.  Knows no HTTP."""

__version__ = "0.1.0.dev0"
