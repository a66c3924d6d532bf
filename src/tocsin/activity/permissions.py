"""Permission names of this feature."""

VIEW = "audit.view"
