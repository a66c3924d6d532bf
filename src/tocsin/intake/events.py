"""What intake records beside the incidents themselves (stream: the tenant's own)."""

from tocsin.activity.model import Event


class IncidentsImported(Event):
    """An import wrote incidents. Facts: format, rows, incidents, known (there already), refused. Texts: file."""


ALL = (IncidentsImported,)
