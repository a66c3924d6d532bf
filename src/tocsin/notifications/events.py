"""What happens to deliveries (stream: the incident's, or the tenant's own)."""

from tocsin.activity.model import Event


class DeliveryRecorded(Event):
    """A sandbox would have sent a message. Facts: delivery, kind, channel. Texts: to, subject."""


class DeliveryFailed(Event):
    """A message was given up. Facts: delivery, kind, channel, attempts. Texts: to, subject, error."""


class ChannelAdded(Event):
    """Somebody wants to be told at one more address (stream: the tenant's). Facts: channel, kind. Texts: address."""

    changes_rights = False


class ChannelVerified(Event):
    """Somebody has shown that an address is theirs. Facts: channel, kind. Texts: address."""

    changes_rights = False


class ChannelRemoved(Event):
    """Somebody wants to be told at an address no more. Facts: channel, kind. Texts: address."""

    changes_rights = False


class GatewaySet(Event):
    """An organisation's messages of a channel leave by a gateway of its own (stream: the tenant's). Facts: gateway, channel.
    Texts: host. Neither its address nor its secret is part of the record.
    """


class GatewayRemoved(Event):
    """A channel's own gateway is used no more (stream: the tenant's). Facts: gateway, channel. Texts: host."""


ALL = (
    *(DeliveryRecorded, DeliveryFailed, ChannelAdded, ChannelVerified, ChannelRemoved),
    *(GatewaySet, GatewayRemoved),
)
