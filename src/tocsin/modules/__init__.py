"""The registry of modules, and which of them a tenant has switched on."""
