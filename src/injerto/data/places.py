"""How a place in the data is called where the model goes: without the folders of this machine."""

from pathlib import Path


def below_source(where: str, source: str) -> str:
    """A file, or a file and row, below the data's own folder; a row of a table by the table's name.

    Evidence travels with the model: how this machine's folders are called is no one else's business.

    >>> below_source("/home/ana/flowers/rose/1.jpg", "/home/ana/flowers"), below_source("/a/x.csv, line 3", "/a/x.csv")
    ('rose/1.jpg', 'x.csv, line 3')
    """
    below = where.removeprefix(f"{source}/")
    if below == where and where.startswith(source):
        return Path(source).name + where.removeprefix(source)
    return below
