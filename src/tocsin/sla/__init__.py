"""Service levels: the response and the resolution clock of each incident, their due times, warnings and breaches."""
