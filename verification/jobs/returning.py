"""Change rows and read them in one statement."""

from typing import Any, TypeVar

from django.db import connections, models, transaction
from django.db.models.sql import UpdateQuery

from ..text.folding import with_folded

Row = TypeVar("Row", bound=models.Model)


def update_returning(rows: models.QuerySet[Row], **values: Any) -> list[Row]:
    """The rows that an update has changed, as they are afterwards.

    One statement, where a read after the update would be a second one, and might meet a later change.
    """
    connection = connections[rows.db]
    if not connection.features.can_return_columns_from_insert:  # SQLite before 3.35
        return _update_and_read(rows, values)
    fields = rows.model._meta.concrete_fields
    query = rows.query.chain(UpdateQuery)  # type: ignore[type-var]
    query.add_update_values(with_folded(rows.model, values))
    compiler = query.get_compiler(rows.db)
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with transaction.mark_for_rollback_on_error(using=rows.db):
        sql, parameters = compiler.as_sql()
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} RETURNING {columns}", parameters)
            found = cursor.fetchall()
    table = rows.model._meta.db_table
    converters = compiler.get_converters([field.get_col(table) for field in fields])
    names = [field.attname for field in fields]
    made = compiler.apply_converters(found, converters) if converters else found
    return [rows.model.from_db(rows.db, names, row) for row in made]


def _update_and_read(rows: models.QuerySet[Row], values: dict[str, Any]) -> list[Row]:
    """For a database whose transactions write one at a time."""
    with transaction.atomic(using=rows.db):
        meant = rows.model._base_manager.filter(pk__in=list(rows.values_list("pk", flat=True)))
        meant.update(**with_folded(rows.model, values))
        return list(meant)
