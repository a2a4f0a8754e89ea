"""The formats in which boxes are written, one file each; the file name is what `--convert-to` takes."""
