/// Which migrations are done and which are next.
public struct MigrationPlan: Sendable, Hashable {
  /// What the database remembers of a migration.
  struct Record: Sendable, Hashable {
    let number: Int
    let name: String
    let checksum: String

    var fileName: String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, 4 - digits.count)) + "\(digits)_\(name).sql"
    }
  }

  /// Applied before, in order.
  public private(set) var applied: [MigrationFile] = []

  /// Not applied yet, in order.
  public private(set) var pending: [MigrationFile] = []

  init() {}

  mutating func append(_ plan: MigrationPlan) {
    applied += plan.applied
    pending += plan.pending
  }

  /// Compares the files, numbered from 1 without a gap, with what the database remembers.
  init(files: [MigrationFile], records: [Record]) throws {
    for (index, record) in records.enumerated() {
      guard record.number == index + 1 else {
        throw MigrationError(
          .misnumbered,
          file: record.fileName,
          "The database remembers \(record.fileName) but not number \(index + 1) before it: rows of "
            + "schema_migrations were removed. Put them back from a backup."
        )
      }
      guard index < files.count else {
        throw MigrationError(
          .unknown,
          file: record.fileName,
          "The database has \(record.fileName), which this program does not know: it belongs to a newer version. "
            + "Run that version, or restore a backup made with this one."
        )
      }
      let file = files[index]
      guard file.name == record.name, file.checksum == record.checksum else {
        throw MigrationError(
          .edited,
          file: file.fileName,
          "\(file.fileName) was edited after it was applied (as \(record.fileName)). Put the file back as it was and "
            + "write what is new as the next migration."
        )
      }
    }
    applied = Array(files.prefix(records.count))
    pending = Array(files.dropFirst(records.count))
  }
}
