"""Speed and memory against PostgreSQL's own limit and a bare application: `make bench`."""
