"""Permission names of this feature."""

VIEW = "audit.view"
SEE_INCIDENTS = "incidents.view"
"""What a floor above guards incidents by."""
