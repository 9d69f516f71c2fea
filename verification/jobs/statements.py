"""Statements on rows that are made once and run often: Django takes several times as long for making one
as for running it. And updates that give the rows they have changed."""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models import Value
from django.db.models.signals import post_save, pre_save
from django.db.models.sql import UpdateQuery

from ..text.folding import with_folded

Row = TypeVar("Row", bound=models.Model)
_UUID = models.UUIDField()
TEXTS = (models.CharField, models.TextField)  # whose values are stored as they are


class Statement(Generic[Row]):
    """A SELECT or an UPDATE of which only ids and new values change, and which gives the rows that it
    finds or has changed.

    Rows of an update are as it left them: one statement, where a read after it would be a second one, and
    might meet a later change.

    Args:
        make: gives, for such ids, the rows that are meant, and the new values of an update. Called once,
            with stand-ins for the ids.
        ids: how many it depends on.
        varying: names of columns whose new values are given each time it runs; no keys of other rows.
    """

    def __init__(
        self,
        make: "Callable[..., tuple[models.QuerySet[Row], dict[str, Any] | None]]",
        ids: int = 0,
        varying: tuple[str, ...] = (),
    ):
        self._make = make
        stand_ins = [uuid4() for _ in range(ids)]
        rows, values = make(*stand_ins)
        self._model, self._fields = rows.model, rows.model._meta.concrete_fields
        self._names = [field.attname for field in self._fields]
        connection = connections[DEFAULT_DB_ALIAS]
        query: Any = rows.query
        marks: dict[str, str] = {}
        if values is not None:
            marks = {name: f"{uuid4()}" for name in varying}
            query = query.chain(UpdateQuery)
            query.add_update_values(values | {name: Value(marks[name]) for name in varying})
        compiler = query.get_compiler(connection=connection)
        self._sql, parameters = compiler.as_sql()
        self._parameters, self._returning = list(parameters), ""
        # SQLite before 3.35 updates without giving anything.
        returns = connection.features.can_return_columns_from_insert
        self._in_two = values is not None and not returns
        if values is not None:
            columns = [connection.ops.quote_name(str(field.column)) for field in self._fields]
            self._returning = f" RETURNING {', '.join(columns)}"
        adapted = [_UUID.get_db_prep_value(each, connection) for each in stand_ins]
        self._places = [
            [place for place, each in enumerate(self._parameters) if each == id] for id in adapted
        ]
        fields = {field.name: field for field in self._fields}
        self._varying = [
            (name, fields[name], self._parameters.index(marks[name])) for name in varying
        ]
        columns_read = [field.get_col(rows.model._meta.db_table) for field in self._fields]
        self._converters = list(compiler.get_converters(columns_read).items())

    def run(self, *ids: UUID | None, **values: Any) -> list[Row]:
        """The rows, for these ids and new values."""
        if self._in_two:
            return self._update_and_read(ids, values)
        connection, parameters = connections[DEFAULT_DB_ALIAS], self._filled(ids, values)
        with transaction.mark_for_rollback_on_error(), connection.cursor() as cursor:
            cursor.execute(self._sql + self._returning, parameters)
            found = [list(row) for row in cursor.fetchall()]
        for row in found:
            for place, (converters, column) in self._converters:
                for converter in converters:
                    row[place] = converter(row[place], column, connection)
        return [self._model.from_db(DEFAULT_DB_ALIAS, self._names, row) for row in found]

    def run_for_each(self, each: Iterable[tuple[tuple[UUID, ...], dict[str, Any]]]) -> None:
        """An update for several ids and new values, sent together. The rows are not given back."""
        parameters = [self._filled(ids, values) for ids, values in each]
        connection = connections[DEFAULT_DB_ALIAS]
        with transaction.mark_for_rollback_on_error(), connection.cursor() as cursor:
            cursor.executemany(self._sql, parameters)

    def _filled(self, ids: tuple[UUID | None, ...], values: dict[str, Any]) -> list[Any]:
        """The parameters of the statement for these ids and new values."""
        connection, parameters = connections[DEFAULT_DB_ALIAS], self._parameters.copy()
        for places, id in zip(self._places, ids, strict=True):
            for place in places:
                parameters[place] = _UUID.get_db_prep_value(id, connection)
        for name, field, place in self._varying:
            parameters[place] = _stored(field, values[name], connection)
        return parameters

    def _update_and_read(self, ids: tuple[UUID | None, ...], given: dict[str, Any]) -> list[Row]:
        """On a database whose transactions write one at a time."""
        rows, values = self._make(*ids)
        with transaction.atomic():
            meant = self._model._base_manager.filter(pk__in=list(rows.values_list("pk", flat=True)))
            meant.update(**(values or {}), **given)
            return list(meant)


def insert(row: models.Model) -> None:
    """As `row.save(force_insert=True)`, for a row whose columns have plain values."""
    model = type(row)
    if any(each.has_listeners(model) for each in (pre_save, post_save)):
        row.save(force_insert=True)
        return
    connection = connections[DEFAULT_DB_ALIAS]
    values: dict[str, Any] = {}
    for field, of_its_own, has_default in _fields(model):
        value = field.pre_save(row, add=True) if of_its_own else getattr(row, field.attname)
        # Psycopg keeps what it makes of a statement with 50 parameters at most: of none that is null.
        if value is not None or has_default:
            values[field.column] = _stored(field, value, connection)
    sql = _insertion(model._meta.db_table, tuple(values))
    with transaction.mark_for_rollback_on_error(), connection.cursor() as cursor:
        cursor.execute(sql, list(values.values()))
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _fields(model: type[models.Model]) -> list[tuple[Any, bool, bool]]:
    """The fields of a row, each with whether it makes its value when the row is saved, and whether the
    database has a default for it."""
    return [
        (each, type(each).pre_save is not models.Field.pre_save, each.has_db_default())
        for each in model._meta.concrete_fields
        if not each.generated
    ]


@lru_cache(maxsize=256)
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
    names, places = ", ".join(map(quoted, columns)), ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quoted(table)} ({names}) VALUES ({places})"  # noqa: S608  names of ours


def _stored(field: Any, value: Any, connection: Any) -> Any:
    """The parameter of a statement for a value of a field."""
    if value is None or (type(value) is str and isinstance(field, TEXTS)):
        return value
    return field.get_db_prep_save(value, connection)


def update_returning(rows: models.QuerySet[Row], **values: Any) -> list[Row]:
    """The rows that an update has changed, as it left them."""
    folded = with_folded(rows.model, values)
    return Statement(lambda: (rows, folded)).run()
