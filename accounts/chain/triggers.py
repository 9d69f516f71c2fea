"""Triggers with which the database itself refuses to change or delete entries of a chain."""

from typing import Any

from django.db.migrations import RunPython
from django.db.models import Model

PLACE = ("number", "previous", "hash", "seal")
REFUSAL = "entries of a chain are neither changed nor deleted"


class AppendOnlyTable(RunPython):
    """For a migration: an entry may be added, be sealed once, and be deleted when the chain's head says
    that its time is over; nothing else.

    SQLite forgets triggers when a migration makes their table anew, and cannot rename the table of the head while a
    trigger names it. Such a migration drops them first (`drop`) and ends with this operation again.
    """

    def __init__(self, app: str, model: str) -> None:
        def forwards(apps: Any, editor: Any) -> None:
            create(editor.connection, apps.get_model(app, model))

        def backwards(apps: Any, editor: Any) -> None:
            drop(editor.connection, apps.get_model(app, model))

        super().__init__(forwards, backwards)
        self.of = (app, model)

    def deconstruct(self) -> tuple[str, list, dict]:
        return (type(self).__name__, [], {"app": self.of[0], "model": self.of[1]})


def create(connection: Any, model: type[Model]) -> None:
    with connection.cursor() as cursor:
        for statement in _STATEMENTS[connection.vendor](model):
            cursor.execute(statement)


def drop(connection: Any, model: type[Model]) -> None:
    table = model._meta.db_table
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for event in ("update", "delete", "truncate"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event}{on}")


def _changed(model: type[Model], differs: str) -> str:
    """Whether an UPDATE does more than seal an entry."""
    columns = [f.column for f in model._meta.concrete_fields if f.column not in PLACE]
    return " OR ".join(
        ["OLD.number IS NOT NULL", *(f'OLD."{name}" {differs} NEW."{name}"' for name in columns)]
    )


def _kept(model: type[Model]) -> str:
    """Whether the chain still keeps an entry."""
    first = f"(SELECT kept_from FROM accounts_chainhead WHERE name = '{model._meta.label_lower}')"  # noqa: S608
    return f"OLD.number IS NULL OR OLD.number >= COALESCE({first}, 0)"


def _sqlite(model: type[Model]) -> list[str]:
    table = model._meta.db_table
    return [
        f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} "
        f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for event, when in (("update", _changed(model, "IS NOT")), ("delete", _kept(model)))
    ]


def _postgresql(model: type[Model]) -> list[str]:
    table = model._meta.db_table
    rules = {"update": _changed(model, "IS DISTINCT FROM"), "delete": _kept(model)}
    statements = []
    for event, when in rules.items():
        row = "NEW" if event == "update" else "OLD"
        statements += [
            f"CREATE OR REPLACE FUNCTION {table}_no_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF {when} THEN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; "
            f"END IF; RETURN {row}; END $$",
            f"CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_no_{event}()",
        ]
    return [
        *statements,
        f"CREATE OR REPLACE FUNCTION {table}_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_no_truncate()",
    ]


_STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgresql}
