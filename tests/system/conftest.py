"""The PostgreSQL server of the store's tests, for whole commands."""

from tests.studies.conftest import postgres, postgres_url  # noqa: F401
