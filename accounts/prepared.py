"""Reads that are made once and run often: Django takes several times as long for making a query as for
running it."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from uuid import uuid4

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=models.Model)


class Prepared(Generic[Row]):
    """A SELECT of whole rows, and of those of `select_related`, that depends on one text, or on nothing.

    Args:
        make: gives the rows that are meant for such a text. Called once, with a stand-in.
    """

    def __init__(self, make: Callable[[str], "models.QuerySet[Row]"]):
        stand_in = uuid4().hex
        connection = connections[DEFAULT_DB_ALIAS]
        compiler: Any = make(stand_in).query.get_compiler(connection=connection)
        self._sql, parameters = compiler.as_sql()
        self._parameters = list(parameters)
        self._places = [n for n, each in enumerate(parameters) if each == stand_in]
        columns = [row[0] for row in compiler.select]
        self._converters = list(compiler.get_converters(columns).items())
        own = compiler.klass_info["select_fields"]
        self._own = slice(own[0], own[-1] + 1)
        self._names = [column.target.attname for column in columns[self._own]]
        self._model = compiler.klass_info["model"]
        populators: Any = (
            get_related_populators  # whose arguments differ between versions of Django
        )
        self._related = populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)

    def run(self, text: str = "") -> list[Row]:
        connection = connections[DEFAULT_DB_ALIAS]
        parameters = self._parameters.copy()
        for place in self._places:
            parameters[place] = text
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            found = [list(row) for row in cursor.fetchall()]
        return [self._made(row, connection) for row in found]

    def _made(self, values: list[Any], connection: Any) -> Row:
        for place, (converters, column) in self._converters:
            for converter in converters:
                values[place] = converter(values[place], column, connection)
        row = self._model.from_db(DEFAULT_DB_ALIAS, self._names, values[self._own])
        for related in self._related:
            related.populate(values, row)
        return row
