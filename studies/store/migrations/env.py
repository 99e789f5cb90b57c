"""Run by alembic: upgrades our tables over the connection, and in the transaction, it is given."""

from alembic import context

from dropsearch.studies.store.records import Base
from dropsearch.studies.store.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
