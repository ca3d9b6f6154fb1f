"""The Flask service around the planner.  It knows the planner's use cases, never its internals."""
