"""Validate a folder of CSV or Parquet files against a specification and report every mismatch at once: missing and
unexpected tables and columns, wrong types, missing values, unknown codes, duplicate keys, and rows that reference a
missing row. With --infer, print the draft of a specification instead.

The specification is a TOML file (docs/how-to/audit-a-folder.md), or the descriptor of a Frictionless data package in
JSON. Needs the extra `audit`. Exit code 0 if everything matches, 1 if not.
"""

import argparse
import sys
from io import TextIOWrapper
from pathlib import Path

from pipeline.errors import PipelineError

SUMMARY = "validate a folder of CSV or Parquet files"
FORMATS = ("text", "json", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--spec", type=Path, metavar="FILE", help="the specification: spec.toml or datapackage.json")
    parser.add_argument("--infer", action="store_true", help="print the draft of a specification of the folder")
    parser.add_argument("--format", choices=FORMATS, default="text", help="format of the result (default: text)")


def run(options: argparse.Namespace) -> int:
    from pipeline.folders import audit, infer, render, specification  # pandas, which other commands do not need

    if options.infer:
        if isinstance(sys.stdout, TextIOWrapper) and not sys.stdout.isatty():
            # Any other encoding is not TOML.
            sys.stdout.reconfigure(encoding="utf-8")
        print(infer.infer(options.folder))
        return 0
    if options.spec is None:
        raise PipelineError("audit-folder: expected --spec or --infer, found neither; add --spec spec.toml")
    result = audit.audit_folder(options.folder, specification.read(options.spec))
    print({"text": render.to_text, "json": render.to_json, "html": render.to_html}[options.format](result))
    return 1 if result.mismatches else 0
