public import ArtelPostgres
public import ArtelStorage

/// A column of a context's tables that names files by their SHA-256, as `bytea` of 32 bytes or null.
///
/// It needs an index, as every removal of a file asks whether the column names it.
public struct BlobColumn: Hashable, Sendable {
  let table: String
  let column: String

  /// Names a column of a table in the schema `public`.
  public init(_ table: String, _ column: String) {
    self.table = table
    self.column = column
  }

  /// The digests that columns name, behind `last`, in the order of their bytes.
  ///
  /// Each part comes from its index, so that a page costs the same however many there are.
  public static func page(of columns: [BlobColumn], after last: Digest?, limit: Int) -> SQL {
    let last = Bytea(last?.bytes ?? [])
    var page: SQL = ""
    for (index, column) in columns.enumerated() {
      if index > 0 { page.append(" union ") }
      page.append(
        """
        (select distinct \(identifier: column.column) as digest from \(identifier: column.table)
          where \(identifier: column.column) > \(last) order by digest limit \(limit))
        """
      )
    }
    page.append(" order by digest limit \(limit)")
    return page
  }

  /// Those of some digests that columns name.
  static func named(_ digests: [Digest], by columns: [BlobColumn]) -> SQL {
    let candidates = digests.map { Bytea($0.bytes) }
    var named: SQL = "select digest from unnest(\(candidates)) as candidate (digest) where "
    for (index, column) in columns.enumerated() {
      if index > 0 { named.append(" or ") }
      named.append(
        """
        exists (select from \(identifier: column.table) as named
          where named.\(identifier: column.column) = candidate.digest)
        """
      )
    }
    return named
  }
}

extension BlobReferences {
  /// Which files the rows of a context's database name, and the lock that
  /// `PictureShelf.holdFiles(in:)` shares.
  ///
  /// - Parameters:
  ///   - columns: All columns of the context that name files; at least one.
  ///   - db: The context's database.
  public init(of columns: [BlobColumn], in db: Database) {
    self.init(
      named: { digests in
        Set(try await db.read(BlobColumn.named(digests, by: columns)).digests)
      },
      page: { last, limit in
        try await db.read(BlobColumn.page(of: columns, after: last, limit: limit)).digests
      },
      withoutWriters: { body in
        try await db.transaction { tx in
          // Later writers queue behind this wait, so it must not last as long as a hung writer.
          _ = try await tx.write("set local lock_timeout = '5s'")
          _ = try await tx.write("select pg_advisory_xact_lock(\(BlobReferences.lockKey))")
          try await body()
        }
      }
    )
  }

  /// Any number that no other lock of a context's database has.
  static let lockKey = 7_130_316_248_190_041
}

extension Collection<PostgresRow> {
  fileprivate var digests: [Digest] {
    get throws { try compactMap { Digest(bytes: try $0.decode(Bytea.self, at: 0).bytes) } }
  }
}
