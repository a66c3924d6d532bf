"""The HTTP edge without business: routes, problem documents, fences, the request's unit of work, OpenAPI."""
