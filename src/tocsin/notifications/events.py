"""What happens to deliveries (stream: the incident's, or the tenant's own)."""

from tocsin.activity.model import Event


class DeliveryRecorded(Event):
    """A sandbox would have sent a message. Facts: delivery, kind, channel. Texts: to, subject."""


class DeliveryFailed(Event):
    """A message was given up. Facts: delivery, kind, channel, attempts. Texts: to, subject, error."""


ALL = (DeliveryRecorded, DeliveryFailed)
