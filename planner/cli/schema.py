"""`planner schema`."""

import json

import click

from planner.codec.schema import json_schema
from planner.model.fields import KINDS


@click.command("schema", short_help="Print the JSON schema of a kind of item.")
@click.argument("kind", type=click.Choice(list(KINDS)))
def schema_command(kind: str) -> int:
    """Print the JSON schema of the front matter of KIND."""
    click.echo(json.dumps(json_schema(kind), indent=2))
    return 0
