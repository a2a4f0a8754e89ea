"""`injerto doctor`: what this installation and machine can do, and the one command that mends what is wrong."""

import typer

from injerto.cli import options
from injerto.cli.registering import add_command

POSITION = 19


def doctor(as_json: options.JsonOption = False) -> None:
    from injerto.cli.console import make_console
    from injerto.cli.diagnosis import diagnose
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.tables import cell, make_table

    findings = diagnose()
    healthy = all(finding.fine for finding in findings)
    if as_json:
        listed = [finding.model_dump(mode="json") for finding in findings]
        print_document({"healthy": healthy, "findings": listed})
    else:
        table = make_table("", "", "")
        table.show_header = False
        for finding in findings:
            table.add_row("✓" if finding.fine else "✗", finding.subject, cell(finding.sentence))
        make_console().print(table)
    raise typer.Exit(0 if healthy else 5)


def add_to(app: typer.Typer) -> None:
    add_command(app, "doctor", doctor)
