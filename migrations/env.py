"""Alembic's entry: migrates the database whose connection the gateway hands over."""

from alembic import context

from edi_gateway.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=False)
with context.begin_transaction():
    context.run_migrations()
