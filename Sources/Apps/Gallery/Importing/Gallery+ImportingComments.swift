import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
public import ArtelImports
import ArtelModel
import ArtelPostgres
import Foundation
import GalleryContract

extension Gallery {
  /// Brings comments of another system on posts that were brought before; nobody is told by the bell.
  ///
  /// Empty ones are refused, too long ones cut at 5,000 code points. Comments have the id that they had
  /// there, unless it is another's.
  ///
  /// Cost: nine statements, however many comments; a few hundred are a good number.
  ///
  /// - Throws: `PostgresError`; none was taken then.
  public func importComments(_ comments: [CommentToImport]) async throws -> ImportTally {
    try await db.transaction { tx in
      var tally = ImportTally()
      try await ImportKind.hold(in: tx)
      let known = try await ImportKind.comment.known(
        comments.map(\.id),
        as: CommentID.self,
        in: tx
      )
      var seen: Set<ForeignID> = []
      let fresh = comments.filter { known[$0.id] == nil && seen.insert($0.id).inserted }
      tally.known = comments.count - fresh.count
      let authors = try await Member.meet(fresh.map(\.author), through: accounts, in: tx)
      let posts = try await Post.present(fresh.map(\.post), in: tx)
      let occupied = try await tx.read(
        "select id from comments where id = any(array(select unnest(\(fresh.map(\.id)))))"
      )
      let foreign = Set(try occupied.map { try $0.decode(CommentID.self, at: 0) })
      var taken: [(source: ForeignID, comment: Comment)] = []
      for comment in fresh {
        guard authors.contains(comment.author) else {
          tally.refuse(.comment, comment.id, "member_missing")
          continue
        }
        guard let post = posts[comment.post] else {
          tally.refuse(.comment, comment.id, "post_missing", "\(comment.post)")
          continue
        }
        let same = CommentID(high: comment.id.high, low: comment.id.low)
        let id = foreign.contains(same) ? CommentID.generate() : same
        guard let row = Comment(comment, id: id, on: post, now: clock.now(), &tally) else {
          continue
        }
        taken.append((comment.id, row))
      }
      try await tx.insert(contentsOf: taken.map(\.comment))
      try await tx.publish(
        contentsOf: taken.map { CommentCreated(comment: $0.comment.facts) }
      )
      try await ImportKind.comment.remember(taken.map { ($0.source, $0.comment.id) }, in: tx)
      tally.taken = taken.count
      return tally
    }
  }
}

extension Post {
  /// The posts here of some of another system, which stay until the transaction ends; two statements.
  static func present(
    _ sources: some Sequence<ForeignID>,
    in tx: Transaction
  ) async throws -> [ForeignID: PostID] {
    let ids = try await ImportKind.post.known(Array(Set(sources)), as: PostID.self, in: tx)
    let rows = try await tx.read(
      """
      select id from posts where id = any(array(select unnest(\(Array(ids.values)))))
        and state <> 'erased'
      order by id for key share
      """
    )
    let present = Set(try rows.map { try $0.decode(PostID.self, at: 0) })
    return ids.filter { present.contains($0.value) }
  }
}

extension Comment {
  /// The row of a comment of another system; nil when it says nothing.
  fileprivate init?(
    _ source: CommentToImport,
    id: CommentID,
    on post: PostID,
    now: Date,
    _ tally: inout ImportTally
  ) {
    let text = ForeignText.lines(source.text, limit: 5_000)
    guard !text.text.isEmpty else {
      tally.refuse(.comment, source.id, "text_empty")
      return nil
    }
    if text.isCut { tally.change(.comment, source.id, "text_cut", text.text) }
    let written = ForeignText.time(source.createdAt, now: now)
    if written.isMoved { tally.change(.comment, source.id, "time_changed", text.text) }
    self.init(
      id: id,
      postID: post,
      authorID: source.author,
      text: text.text,
      createdAt: written.time,
      updatedAt: max(ForeignText.time(source.updatedAt, now: now).time, written.time)
    )
  }
}
