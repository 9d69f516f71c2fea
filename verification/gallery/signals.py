"""What other rooms have to know of a gallery, in the transaction that changes it."""

from django.dispatch import Signal

# Rows that name the person `former` have to name `person` (a Person, or None) instead. With `ids`
# only those rows; a `former` of None then stands for rows whose person was deleted. A receiver
# returns the ids of the rows that it changed, as text.
person_replaced = Signal()

# Rows that name one of `people` (ids) have to name nobody instead: they are deleted. A receiver returns
# {the person's id: the ids of the rows that it changed}, both as text, for those who had any.
people_let_go = Signal()
