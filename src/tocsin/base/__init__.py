"""The ground floor: errors, clock, ids, paging, settings, text, actors, manifests and files of keys. No other I/O."""
