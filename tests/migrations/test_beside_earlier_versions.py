"""While an update runs, processes of the former version work on the new tables. What they cannot bear has
a name that says so: `stop_first`, and its entry in CHANGELOG.md tells operators to."""

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

# The last migrations that nobody had to name so.
BEFORE = {"accounts": 9, "invitations": 1, "rest": 2, "verification": 41}
NAME = "stop_first"
GONE = (
    migrations.RemoveField, migrations.DeleteModel, migrations.RenameField, migrations.RenameModel,
    migrations.AlterModelTable,
)  # fmt: skip


def unbearable(operations, state: ProjectState, app: str) -> list[str]:
    """What a process that knows the tables as `state` has them cannot bear."""
    new, found = set(), []
    for operation in operations:
        model = str(getattr(operation, "model_name", getattr(operation, "name", ""))).lower()
        if isinstance(operation, migrations.CreateModel):
            new.add(model)
        elif model not in new and _breaks(operation, state, app, model):
            found.append(operation.describe())
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            found += unbearable(operation.database_operations, state, app)
    return found


def _breaks(operation, state: ProjectState, app: str, model: str) -> bool:
    if isinstance(operation, GONE):
        return True
    if isinstance(operation, migrations.RunSQL):
        return any(word in str(operation.sql).upper() for word in ("DROP ", "RENAME "))
    if isinstance(operation, migrations.AddField):
        # It inserts rows without the column: only the database can fill that.
        field = operation.field
        return not (field.null or field.many_to_many or field.has_db_default())
    if isinstance(operation, migrations.AlterField):
        before = state.models[app, model].fields.get(operation.name)
        if before is None:  # this migration has added it
            return not (operation.field.null or operation.field.has_db_default())
        after = operation.field
        narrower = (before.max_length or 0) > (after.max_length or 0) > 0
        return (
            (before.null and not after.null)
            or narrower
            or before.get_internal_type() != after.get_internal_type()
        )
    # Rows that it still writes might not be allowed any more.
    return isinstance(operation, migrations.AddConstraint)


def after_the_rule():
    loader = MigrationLoader(None)
    return [
        pytest.param(key, migration, id=".".join(key))
        for key, migration in sorted(loader.disk_migrations.items())
        if key[0] in BEFORE and int(key[1][:4]) > BEFORE[key[0]]
    ]


@pytest.mark.parametrize(("key", "migration"), after_the_rule())
def test_a_migration_that_former_processes_cannot_bear_is_named_so(key, migration):
    loader = MigrationLoader(None)
    before = loader.project_state(key, at_end=False)

    found = unbearable(migration.operations, before, key[0])

    assert not found or NAME in key[1], found


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        (migrations.RemoveField("person", "note"), "Remove field note from person"),
        (migrations.RenameField("person", "note", "remark"), "Rename field note on person to remark"),
        (migrations.DeleteModel("Person"), "Delete model Person"),
        (migrations.AddField("person", "age", models.IntegerField(default=0)), "Add field age to person"),
        (migrations.AlterField("person", "name", models.CharField(max_length=9)), "Alter field name on person"),
        (migrations.RunSQL("alter table person drop column note"), "Raw SQL operation"),
        (migrations.AddField("person", "age", models.IntegerField(db_default=0)), None),
        (migrations.AddField("person", "age", models.IntegerField(null=True)), None),
        (migrations.AddIndex("person", models.Index(fields=["name"], name="i")), None),
        (migrations.AlterField("person", "name", models.CharField(max_length=900)), None),
    ],
)  # fmt: skip
def test_what_former_processes_cannot_bear_is_recognised(operation, what):
    state = MigrationLoader(None).project_state(("verification", "0041_anchors_of_any_quality"))

    assert unbearable([operation], state, "verification") == ([what] if what else [])
