"""What happens to the catalogue (stream: the tenant's own)."""

from tocsin.activity.model import Event


class CategoryCreated(Event):
    """A category was added. Facts: category, slug. Texts: name."""


class CategoryChanged(Event):
    """A category changed. Facts: category, slug, fields, from, to (flags). Texts: name, before, after."""


class CategoryDeleted(Event):
    """A category that no incident ever used was deleted. Facts: category, slug."""


class PriorityCreated(Event):
    """A priority was added. Facts: priority, slug, level, response_time_minutes, resolution_time_minutes. Texts: name."""


class PriorityChanged(Event):
    """A priority changed. Facts: priority, slug, fields, from, to (the numbers before and after). Texts:
    name, before, after.
    """


class PriorityDeleted(Event):
    """A priority that no incident ever used was deleted. Facts: priority, slug."""


class StatusCreated(Event):
    """A status was added. Facts: status, slug. Texts: name."""


class StatusChanged(Event):
    """A status or its transitions changed. Facts: status, slug, fields, from, to (numbers, flags, transitions, demands).
    Texts: name, before, after.
    """


class StatusDeleted(Event):
    """A status that no incident ever used was deleted. Facts: status, slug."""


class CustomFieldCreated(Event):
    """A custom field was added. Facts: field, slug, type, required_at, categories (ids). Texts: name."""


class CustomFieldChanged(Event):
    """A custom field changed or was retired. Facts: field, slug, fields, from, to (numbers and flags). Texts:
    name, before, after.
    """


class CustomFieldDeleted(Event):
    """A custom field that no incident holds a value of was deleted. Facts: field, slug."""


ALL = (
    *(CategoryCreated, CategoryChanged, CategoryDeleted),
    *(PriorityCreated, PriorityChanged, PriorityDeleted),
    *(StatusCreated, StatusChanged, StatusDeleted),
    *(CustomFieldCreated, CustomFieldChanged, CustomFieldDeleted),
)
