"""The world outside: mails and Apprise (`sending`), a tenant's own gateways (`gateways`), and what keeps their secrets (`sealing`).

Nothing here touches the database.
"""
