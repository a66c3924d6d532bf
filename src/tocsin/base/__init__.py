"""The ground floor: errors, clock, ids, paging, settings, text, actors and manifests. No I/O."""
