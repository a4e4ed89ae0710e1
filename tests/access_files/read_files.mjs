// Reads Access files with mdb-reader. Standard input: one path per line. Standard output: one line of JSON per path,
// {tables: [{name, columns: [{name, type}], rows} or {name, error}]} or {error}. Values that JSON lacks are objects with one key:
// bytes, double (both hexadecimal) or milliseconds since 1970 (null if the date is invalid).
import { readFileSync } from "node:fs";
import MDBReader from "mdb-reader";

function plain(value, type) {
  if (value === null) return null;
  if (Buffer.isBuffer(value)) return { bytes: value.toString("hex") };
  if (value instanceof Date) return { milliseconds: Number.isNaN(value.getTime()) ? null : value.getTime() };
  if (type === "double" || type === "float") {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return { double: bytes.toString("hex") };
  }
  return typeof value === "bigint" ? value.toString() : value;
}

function readTable(reader, name) {
  const table = reader.getTable(name);
  const columns = table.getColumns().map((column) => ({ name: column.name, type: column.type }));
  // The value of a complex column is in another table, which the generated files do not have.
  const readable = columns.filter((column) => column.type !== "complex");
  const rows = readable.length ? table.getData({ columns: readable.map((column) => column.name) }) : [];
  return { name, columns, rows: rows.map((row) => readable.map(({ name, type }) => plain(row[name], type))) };
}

function read(path) {
  const reader = new MDBReader(readFileSync(path));
  return reader.getTableNames().map((name) => {
    try {
      return readTable(reader, name);
    } catch (error) {
      return { name, error: String(error) };
    }
  });
}

for (const path of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  let result;
  try {
    result = { tables: read(path) };
  } catch (error) {
    result = { error: String(error) };
  }
  console.log(JSON.stringify(result));
}
