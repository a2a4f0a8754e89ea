"""`injerto inspect DATA`."""

import typer

from injerto.cli import options
from injerto.cli.registering import add_command

POSITION = 1


def inspect(
    data: options.DataArgument,
    task: options.TaskOption = None,
    text_column: options.TextColumnOption = None,
    label_column: options.LabelColumnOption = None,
    image_column: options.ImageColumnOption = None,
    group_column: options.GroupColumnOption = None,
    label_separator: options.SeparatorOption = None,
    seed: options.SeedOption = 0,
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter
    from injerto.cli.documents import print_document

    reporter = ConsoleReporter(as_json=as_json)
    asked = options.data_options(task, text_column, label_column, image_column, group_column, label_separator)
    survey = injerto.inspect(data, options=asked, seed=seed, reporter=reporter)
    if as_json:
        print_document(survey)
    else:
        reporter.show(survey)


def add_to(app: typer.Typer) -> None:
    add_command(app, "inspect", inspect)
