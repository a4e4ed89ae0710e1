"""Machine-readable descriptions of a bundle: Frictionless data package, RO-Crate 1.2 and Croissant 1.1."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipeline.export.bundle_files import Relation
from pipeline.export.bundle_texts import DESCRIPTION, KEYWORDS, VERSION, Origin
from pipeline.export.source_archive import LICENSE

RO_CRATE = "https://w3id.org/ro/crate/1.2"
CROISSANT = "http://mlcommons.org/croissant/1.1"
PARQUET, GZIP = "application/vnd.apache.parquet", "application/gzip"
MEDIA_TYPES = {
    **{"parquet": PARQUET, "gz": GZIP, "duckdb": "application/vnd.duckdb", "json": "application/json"},
    **{"html": "text/html", "js": "text/javascript", "md": "text/markdown", "csv": "text/csv", "txt": "text/plain"},
    **{"cff": "application/yaml", "atom": "application/atom+xml", "png": "image/png", "ubj": "application/ubjson"},
}
NTSB = {"@id": "https://www.ntsb.gov", "@type": "Organization", "name": "National Transportation Safety Board"}
SOFTWARE = {"@id": "#ntsb-pipeline", "@type": "SoftwareApplication", "name": "ntsb-pipeline", "version": VERSION}
COMPILERS = {"@id": "#contributors", "@type": "Organization", "name": "the contributors of ntsb-pipeline"}
DESCRIPTOR = {
    "@id": "ro-crate-metadata.json",
    "@type": "CreativeWork",
    "about": {"@id": "./"},
    "conformsTo": {"@id": RO_CRATE},
}
# The context that the Croissant specification recommends (appendix 1).
CROISSANT_TERMS = (
    *("annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes", "extract"),
    *("field", "fileProperty", "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath"),
    *("key", "md5", "parentField", "recordSet", "references", "regex", "readLines", "sdVersion", "separator", "source"),
    *("subField", "transform", "unArchive", "value", "path", "repeated", "replace", "samplingRate"),
)
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in CROISSANT_TERMS},
}
# What the other files are, by folder.
PURPOSES = {
    "reports": "Part of the reports.",
    "model": "Part of the severity study.",
    "duckdb": "All tables and views in one file.",
    "csv": "Notice about the CSV files.",
}
# {path in the bundle: {bytes, sha256}}.
Files = Mapping[str, Mapping[str, Any]]


def media_type(path: str) -> str:
    """Return the media type of a file by its extension."""
    return MEDIA_TYPES.get(path.rpartition(".")[2], "application/octet-stream")


def frictionless(origin: Origin, relations: Sequence[Relation], files: Files) -> dict[str, Any]:
    """Return the Frictionless data package: each CSV with its schema, and all other data files."""
    tables = [_table_resource(relation, files[relation.csv]) for relation in relations]
    described = {resource["path"] for resource in tables}
    others = [
        {
            "name": _resource_name(path),
            "type": "file",
            "path": path,
            "mediatype": media_type(path),
            **_file_properties(file),
        }
        for path, file in sorted(files.items())
        if path not in described and not path.startswith("reports/")
    ]
    return {
        "profile": "data-package",
        "name": f"ntsb-aviation-accidents-{origin.citation.release}",
        "id": f"https://doi.org/{origin.citation.doi}",
        "title": origin.title,
        "description": DESCRIPTION,
        "version": origin.citation.release,
        "licenses": [LICENSE],
        "keywords": list(KEYWORDS),
        "sources": [{"title": NTSB["name"], "path": NTSB["@id"]}],
        "contributors": [{"title": COMPILERS["name"], "role": "wrangler"}],
        "resources": [*tables, *others],
    }


def _table_resource(relation: Relation, file: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Frictionless resource of a relation's CSV file, with its schema."""
    fields = [
        {"name": name, **_frictionless_type(type), **({"description": text} if text else {})}
        for name, type, text in relation.columns
    ]
    return {
        "profile": "tabular-data-resource",
        "type": "table",
        "name": _resource_name(relation.csv),
        "path": relation.csv,
        "title": f"{relation.schema}.{relation.name}",
        "description": relation.meaning,
        "format": "csv",
        "compression": "gz",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **_file_properties(file),
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _file_properties(file: Mapping[str, Any]) -> dict[str, Any]:
    return {"bytes": file["bytes"], "hash": f"sha256:{file['sha256']}"}


def _resource_name(path: str) -> str:
    return path.lower().removesuffix(".gz").replace("/", "-").replace(" ", "-").lstrip(".")


def _frictionless_type(type: pa.DataType) -> dict[str, str]:
    """Return the Frictionless type of a column as Arrow writes it to CSV."""
    if pa.types.is_integer(type):
        return {"type": "integer"}
    if pa.types.is_floating(type) or pa.types.is_decimal(type):
        return {"type": "number"}
    if pa.types.is_boolean(type):
        return {"type": "boolean"}
    if pa.types.is_date(type):
        return {"type": "date"}
    if pa.types.is_time(type):
        return {"type": "time", "format": "%H:%M:%S.%f"}
    if pa.types.is_timestamp(type):
        return {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S.%f" + ("%z" if type.tz else "")}
    return {"type": "string"}


def ro_crate(origin: Origin, relations: Sequence[Relation], files: Files) -> dict[str, Any]:
    """Return the RO-Crate 1.2 with every file, and how the release was made from the source files."""
    sources = [_source_entity(file) for file in origin.sources]
    root = _root_entity(origin) | {
        "isBasedOn": [{"@id": source["@id"]} for source in sources],
        "hasPart": [{"@id": path} for path in sorted(files)],
    }
    build = {
        "@id": "#build",
        "@type": "CreateAction",
        "name": f"Build of snapshot {origin.snapshot}",
        "instrument": {"@id": SOFTWARE["@id"]},
        "object": root["isBasedOn"],
        "result": {"@id": "./"},
    }
    rights = {"@id": LICENSE["path"], "@type": "CreativeWork", "name": LICENSE["title"], "description": origin.rights}
    software = SOFTWARE | {"url": origin.citation.repository}
    doi = {
        "@id": root["identifier"]["@id"],
        "@type": "PropertyValue",
        "propertyID": "doi",
        "value": origin.citation.doi,
    }
    meanings = {path: relation.meaning for relation in relations for path in (relation.parquet, relation.csv)}
    entities = [_file_entity(path, file, meanings.get(path, "")) for path, file in sorted(files.items())]
    graph = [DESCRIPTOR, root, doi, rights, NTSB, COMPILERS, software, build, *sources, *entities]
    return {"@context": f"{RO_CRATE}/context", "@graph": graph}


def _root_entity(origin: Origin) -> dict[str, Any]:
    """Return the description of the bundle as a whole, without its files."""
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": origin.title,
        "description": DESCRIPTION,
        **_date_published(origin),
        "identifier": {"@id": f"https://doi.org/{origin.citation.doi}"},
        "version": origin.citation.release,
        "license": {"@id": LICENSE["path"]},
        "author": {"@id": COMPILERS["@id"]},
        "publisher": {"@id": COMPILERS["@id"]},
        "keywords": ", ".join(KEYWORDS),
        "creditText": origin.citation.release_text,
        "mentions": {"@id": "#build"},
    }


def _source_entity(file: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a source file in the RO-Crate."""
    return {
        "@id": f"#{file['source']}",
        "@type": "CreativeWork",
        "name": f"{file['source']}, file of NTSB's databases",
        "identifier": f"sha256:{file['sha256']}",
        "publisher": {"@id": NTSB["@id"]},
    }


def _file_entity(path: str, file: Mapping[str, Any], meaning: str) -> dict[str, Any]:
    """Return the description of a file of the bundle in the RO-Crate."""
    return {
        "@id": path,
        "@type": "File",
        "name": path,
        "description": meaning or PURPOSES.get(path.partition("/")[0], "Metadata of this bundle."),
        "contentSize": str(file["bytes"]),
        "encodingFormat": media_type(path),
        "sha256": file["sha256"],
    }


def _date_published(origin: Origin) -> dict[str, str]:
    """Return the date of the data; RO-Crate and Croissant require it, but an unknown one is not invented."""
    return {"datePublished": origin.citation.data_date} if origin.citation.data_date else {}


def croissant(origin: Origin, relations: Sequence[Relation], files: Files) -> dict[str, Any]:
    """Return the Croissant 1.1 description: one record set per relation, read from its Parquet file."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CROISSANT,
        "name": origin.title,
        "description": DESCRIPTION,
        "license": LICENSE["path"],
        "url": origin.citation.address or f"https://doi.org/{origin.citation.doi}",
        "creator": {"@type": "sc:Organization", "name": COMPILERS["name"]},
        "publisher": {"@type": "sc:Organization", "name": COMPILERS["name"]},
        **_date_published(origin),
        # A release replaces the previous one: semantic versions need three numbers, and the date is the only order.
        "version": ".".join(str(int(part)) for part in (origin.citation.data_date or "0-0-0").split("-")),
        "keywords": list(KEYWORDS),
        "inLanguage": "en",
        "citeAs": origin.citation.release_text,
        "isLiveDataset": False,
        "distribution": [_file_object(relation.parquet, files[relation.parquet]) for relation in relations],
        "recordSet": [_record_set(relation) for relation in relations],
    }


def _file_object(path: str, file: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Croissant description of a Parquet file."""
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "contentSize": f"{file['bytes']} B",
        "encodingFormat": "application/x-parquet",
        "sha256": file["sha256"],
    }


def _record_set(relation: Relation) -> dict[str, Any]:
    """Return the Croissant record set of a relation, with a field per column."""
    name = f"{relation.schema}.{relation.name}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{relation.meaning} {relation.rows:,} rows.".strip(),
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column}",
                "name": column,
                "description": text or column,
                "dataType": _croissant_type(type),
                "source": {"fileObject": {"@id": relation.parquet}, "extract": {"column": column}},
            }
            for column, type, text in relation.columns
        ],
    }


def _croissant_type(type: pa.DataType) -> str:
    """Return the Croissant data type, a type of schema.org, of a column."""
    if pa.types.is_integer(type):
        return "sc:Integer"
    if pa.types.is_floating(type) or pa.types.is_decimal(type):
        return "sc:Float"
    if pa.types.is_boolean(type):
        return "sc:Boolean"
    if pa.types.is_date(type) or pa.types.is_timestamp(type):
        return "sc:Date" if pa.types.is_date(type) else "sc:DateTime"
    return "sc:Time" if pa.types.is_time(type) else "sc:Text"
