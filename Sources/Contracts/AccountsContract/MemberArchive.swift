public import ArtelArchive
public import ArtelPostgres
public import FoundationEssentials

/// An app that keeps things of members, and hands them over for the archive that a member takes along.
public protocol MemberArchiveSource: Sendable {
  /// The context; names the app's folder in the archive.
  static var context: String { get }

  /// How many stored files it would add, such as pictures.
  func archiveFileCount(of member: MemberID) async throws -> Int

  /// Adds everything of the member that the member may have: rows as JSON, files as they are stored.
  ///
  /// Runs in a job, and from the beginning again when that was broken off; stops when its task is
  /// cancelled.
  func archive(_ member: MemberID, into archive: MemberArchive) async throws
}

/// The archive of one member, as one app sees it: a folder of its own.
public final class MemberArchive: Sendable {
  /// So many bytes of rows are gathered for one file.
  private static let pieceBytes = 8 << 20

  private let zip: ZipArchive
  private let folder: String
  private let madeAt: Date
  private let fileAdded: @Sendable () -> Void

  /// Opens the folder of an app.
  ///
  /// - Parameters:
  ///   - zip: The archive.
  ///   - folder: Its name.
  ///   - madeAt: When the archive was made; the date of the JSON files in it.
  ///   - fileAdded: Called after every stored file.
  public init(
    _ zip: ZipArchive,
    folder: String,
    madeAt: Date,
    fileAdded: @escaping @Sendable () -> Void = {}
  ) {
    self.zip = zip
    self.folder = folder
    self.madeAt = madeAt
    self.fileAdded = fileAdded
  }

  /// Adds the rows of a statement as JSON: an array with an object for each row, whose members are
  /// the columns by their names.
  ///
  /// Without rows nothing is added. More than about 8 MiB go on in `posts-2.json` and so on; no more
  /// than that is in memory.
  ///
  /// - Parameters:
  ///   - name: The name of the file without `.json`, such as `posts`.
  ///   - statement: A `select`; each column needs a name.
  ///   - db: The app's database.
  /// - Throws: `PostgresError`, `ZipError`; `CancellationError` when the task is cancelled.
  public func add(_ name: String, rowsOf statement: SQL, in db: Database) async throws {
    var wrapped: SQL = "select row_to_json(archived, true)::text from ("
    wrapped.append(statement)
    wrapped.append(") as archived")
    try await db.withLease { [wrapped] lease in
      var rows: [UInt8] = []
      var number = 1
      for try await row in lease.stream(wrapped) {
        rows.append(contentsOf: rows.isEmpty ? "[".utf8 : ",\n".utf8)
        rows.append(contentsOf: try row.decode(String.self, at: 0).utf8)
        guard rows.count >= Self.pieceBytes else { continue }
        try await add(name, number, &rows)
        number += 1
      }
      if !rows.isEmpty { try await add(name, number, &rows) }
    }
  }

  private func add(_ name: String, _ number: Int, _ rows: inout [UInt8]) async throws {
    try Task.checkCancellation()
    rows.append(contentsOf: "]\n".utf8)
    let suffix = number == 1 ? "" : "-\(number)"
    try await zip.add("\(folder)/\(name)\(suffix).json", rows, changedAt: madeAt)
    rows = []
  }

  /// Adds a copy of a stored file; one that is gone meanwhile is left out.
  ///
  /// - Throws: `ZipError`; `CancellationError` when the task is cancelled.
  public func add(_ name: String, fileAt path: String, changedAt date: Date) async throws {
    try Task.checkCancellation()
    do {
      try await zip.add("\(folder)/\(name)", fileAt: path, changedAt: date)
    } catch ZipError.unreadable {
      // Deleted since its row was read.
    }
    fileAdded()
  }
}
