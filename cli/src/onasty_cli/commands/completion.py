"""`onasty completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from onasty_cli.outputs import print_line


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Write a script that completes commands and options: `eval "$(onasty completion bash)"`."""
    kind = get_completion_class(shell)
    assert kind is not None
    print_line(kind(context.find_root().command, {}, "onasty", "_ONASTY_COMPLETE").source())
