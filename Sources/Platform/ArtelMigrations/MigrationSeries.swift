/// The migrations of one owner in a context's database: of the context, or of a part of the platform.
///
/// A context owns the schema `public`. A part of the platform has a schema of its own in every
/// database, so that neither numbers nor names of the two can meet.
public struct MigrationSeries: Sendable {
  /// The PostgreSQL schema that the files fill, such as `events`; made before the first file runs.
  public let schema: String

  /// What to apply, in order.
  public let files: [MigrationFile]

  /// Makes a series of files; `schema` is a plain lower-case name.
  public init(schema: String = "public", files: [MigrationFile]) {
    precondition(schema.utf8.allSatisfy { (0x61...0x7A) ~= $0 }, "\(schema) is no plain name")
    self.schema = schema
    self.files = files
  }

  /// Reads the folder of a series; blocks while it reads some small files.
  ///
  /// - Throws: ``MigrationError``: the numbers must run from 1 without a gap.
  public init(schema: String = "public", directory: String) throws {
    self.init(schema: schema, files: try MigrationFile.all(in: directory))
  }

  /// Where the database remembers what was applied.
  var table: String { "\(schema).schema_migrations" }

  /// Makes ``table`` where it is missing.
  var bookkeeping: String {
    (schema == "public" ? "" : "create schema if not exists \(schema);\n") + """
      create table if not exists \(table) (
        number                integer     not null,
        name                  text        not null,
        checksum              text        not null,
        applied_at            timestamptz not null default now(),
        duration_milliseconds bigint      not null,

        constraint schema_migrations_pkey primary key (number)
      );
      comment on table \(table) is
        'The migrations that this schema has been through.';
      """
  }
}
