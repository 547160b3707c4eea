import ArtelConcurrency
public import ArtelIdentifiers
public import ArtelPostgres
import ArtelStorage
import FoundationEssentials

extension ResumableUploads {
  /// Removes the files of uploads that are over, were given up or used, and rows that were over for a
  /// day.
  ///
  /// Until then an upload that is over says so. A row is there before its file, so a file without a
  /// row is nobody's.
  ///
  /// - Returns: How many files were removed.
  @discardableResult
  public func prune() async throws -> Int {
    let now = clock.now()
    _ = try await db.write(
      "delete from uploads.uploads where expires_at <= \(now - Self.lifetime)"
    )
    let ids = try await files.names().compactMap { UploadID($0) }
    var removed = 0
    for start in stride(from: 0, to: ids.count, by: 1000) {
      let some = Array(ids[start..<min(start + 1000, ids.count)])
      let alive = try await db.read(
        "select id from uploads.uploads where id = any(\(some)) and expires_at > \(now)"
      )
      let kept = Set(try alive.map { try $0.decode(UploadID.self, at: 0) })
      for id in some where !kept.contains(id) {
        try await files.remove("\(id)")
        removed += 1
      }
    }
    return removed
  }

  /// Gives up everything that a departed member was sending.
  public func forget(_ member: Identifier<AccountsMember>) async throws {
    let deleted = try await db.write(
      "delete from uploads.uploads where member_id = \(member) returning id"
    )
    for row in deleted { try await files.remove("\(try row.decode(UploadID.self, at: 0))") }
  }

  /// The rows of a member's uploads, for the archive that members take along.
  public static func archive(of member: Identifier<AccountsMember>) -> SQL {
    """
    select id, size_bytes, received_bytes, metadata, begun_at, expires_at from uploads.uploads
    where member_id = \(member) order by begun_at, id
    """
  }
}
