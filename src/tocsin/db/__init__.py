"""PostgreSQL: the pool, the unit of work, migrations, the embedded server and the roles."""
