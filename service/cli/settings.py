"""`planner settings`: the settings of the service as a file to copy."""

import click

from service.env_example import env_example


@click.command("settings", short_help="Print the service's settings, as a .env file.")
def settings_command() -> None:
    """Print all settings of the service with their types, defaults and meanings.

    The output is a `.env` file that changes nothing: `planner settings > .env`.
    """
    click.echo(env_example(), nl=False)
