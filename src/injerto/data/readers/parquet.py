"""Parquet, also as Hugging Face writes it: class names and embedded images are understood."""

from pathlib import Path
from typing import Any, ClassVar, final

import pyarrow as pa
import pyarrow.parquet as pq

from injerto.core.errors import DataError
from injerto.data.arrow_columns import as_cells, read_label_names
from injerto.data.reader import AbstractTableReader
from injerto.data.readers import readers
from injerto.data.table import Table


@readers.register
@final
class Parquet(AbstractTableReader):
    """Columnar files. Embedded images stay encoded; everything else becomes Python values."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def read_table(self, path: Path) -> Table:
        content = _read(path)
        names = content.column_names
        for name in names:
            if names.count(name) > 1:
                raise DataError("columns-duplicated", path=path, column=name)
        return Table(
            source=str(path),
            columns={name: as_cells(content.column(name)) for name in names},
            where=lambda row: f"{path}, row {row + 1}",
            folder=path.parent,
            label_names=read_label_names(content.schema.metadata),
        )


def _read(path: Path) -> Any:
    try:
        file = pq.ParquetFile(path, memory_map=True, page_checksum_verification=True)
    except PermissionError as error:
        raise DataError("path-unreadable", path=path, reason=error.strerror or type(error).__name__) from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError("table-corrupt", where=path, reason=_first_line(error)) from error
    with file:
        groups = []
        for group in range(file.num_row_groups):
            try:
                content = file.read_row_group(group)
                content.validate(full=True)
            except (pa.ArrowException, OSError, ValueError) as error:
                where = f"{path}, row group {group + 1} of {file.num_row_groups}"
                raise DataError("table-corrupt", where=where, reason=_first_line(error)) from error
            groups.append(content)
        return pa.concat_tables(groups) if groups else file.schema_arrow.empty_table()


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
