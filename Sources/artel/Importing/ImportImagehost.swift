import Accounts
import AccountsContract
import ArtelImports
import Foundation
import Gallery

/// Brings everything of an image host, table after table, each in batches that are transactions.
///
/// Whatever was taken is remembered with it, so it can be broken off at any moment and run again; tables
/// are read from their beginning then, and what is known is passed over.
struct ImportImagehost: Sendable {
  let installation: Installation
  let tables: ImagehostTables
  let files: ImportFiles
  let report: ImportReport

  /// The moments between which a crash can fall.
  enum Step: String, CaseIterable, Sendable {
    /// A batch of rows is read, and nothing of it is stored.
    case batchRead
    /// What could be taken of a batch is stored and remembered.
    case batchCommitted
  }

  var accounts: Accounts { installation.accounts }
  var gallery: Gallery { installation.gallery }

  /// Brings everything.
  ///
  /// - Throws: What keeps more from being taken: `PostgresError`, `StorageError`, `PictureError`. Run again,
  ///   it goes on.
  func run() async throws {
    do {
      try await bring(.member, "Users", tables.members, 500) { try await members($0) }
      try await bring(.follow, "Follows", tables.follows, 500) { try await follows($0) }
      try await bring(.avatar, "Users", tables.avatars, 20) { try await avatars($0) }
      try await bring(.tag, "Tags", tables.tags, 500) { try await tags($0) }
      try await bringPosts()
      try await bring(.comment, "Comments", tables.comments, 500) { try await comments($0) }
      try await bring(.vote, "Votes", tables.votes, 1_000) { try await votes($0) }
      try await bring(.album, "Albums", tables.albums, 500) { try await albums($0) }
      try await bring(.albumPost, nil, tables.albumPosts, 500) { try await albumPosts($0) }
      try await compareCounters()
    } catch {
      try await recordEnd()
      throw error
    }
    try await recordEnd()
  }

  private func recordEnd() async throws {
    let members = report.taken(.member)
    if members > 0 { try await accounts.recordImport(from: "imagehost", members: members) }
  }

  /// Has `take` take the rows of a query, some at a time; nothing where the table is missing.
  private func bring(
    _ kind: ImportKind,
    _ table: String?,
    _ query: String?,
    _ size: Int,
    _ take: ([ForeignRow]) async throws -> ImportTally
  ) async throws {
    guard let query else { return }
    let total = if let table { try await tables.count(of: table) } else { 0 }
    let progress = ImportProgress(kind.name, of: total)
    try await tables.database.read(query, inBatchesOf: size) { rows in
      try await self.take(rows, kind, progress, take)
    }
    progress.finish()
  }

  /// Posts in pages, as their pictures take long: no statement there waits for hours.
  private func bringPosts() async throws {
    let limit = tables.hasOrderedPosts ? 200 : Int(Int32.max)
    let progress = ImportProgress(ImportKind.post.name, of: try await tables.count(of: "Posts"))
    var last: ForeignID?
    while let query = tables.posts(after: last, limit: limit) {
      var pages: [[ForeignRow]] = []
      let count: Int
      if tables.hasOrderedPosts {
        count = try await tables.database.read(query, inBatchesOf: 20) { pages.append($0) }
        for page in pages { try await take(page, .post, progress) { try await posts($0) } }
      } else {
        count = try await tables.database.read(query, inBatchesOf: 20) { rows in
          try await take(rows, .post, progress) { try await posts($0) }
        }
      }
      last = pages.last?.last?.id(0)
      guard count == limit, last != nil else { break }
    }
    progress.finish()
  }

  private func take(
    _ rows: [ForeignRow],
    _ kind: ImportKind,
    _ progress: ImportProgress,
    _ take: ([ForeignRow]) async throws -> ImportTally
  ) async throws {
    CrashPoint.reached(Step.batchRead)
    let (named, nameless) = rows.partitioned { $0.id(0) != nil }
    var tally = try await take(named)
    for row in nameless {
      tally.remarks.append(ImportRemark(kind, row.text(0) ?? "", .refused, "id_malformed"))
    }
    CrashPoint.reached(Step.batchCommitted)
    try report.add(kind, read: rows.count, tally)
    progress.advance(by: rows.count)
  }

  /// What was written with things there, and does not fit the votes there, which alone are counted here.
  private func compareCounters() async throws {
    for (kind, table, key) in [
      (ImportKind.post, "Posts", "postId"), (ImportKind.comment, "Comments", "commentId"),
    ] {
      guard let query = tables.counters(of: table, by: key) else { continue }
      try await tables.database.read(query, inBatchesOf: 500) { rows in
        var tally = ImportTally()
        for row in rows {
          let number = { row.text($0) ?? "" }
          let detail =
            "\(number(1)) up, \(number(2)) down; votes: \(number(3)) up, \(number(4)) down"
          guard let id = row.id(0) else { continue }
          tally.change(kind, id, "counter_differs", detail)
        }
        try report.add(kind, read: 0, tally)
      }
    }
  }
}

extension [ForeignRow] {
  fileprivate func partitioned(by isFirst: (ForeignRow) -> Bool) -> ([ForeignRow], [ForeignRow]) {
    (filter(isFirst), filter { !isFirst($0) })
  }
}
