import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
public import ArtelImports
import ArtelModel
import ArtelPostgres
import Foundation
import GalleryContract

extension Gallery {
  /// Brings votes of another system on posts and comments that were brought before, and counts them.
  ///
  /// Of several votes of one member on one thing the latest counts, also where one was cast here since.
  /// Votes on nothing, or on two things, are refused. No `VoteCast` is published: these votes are no news.
  ///
  /// Cost: fourteen statements, however many votes; a thousand are a good number. Counters of posts and
  /// comments are exact when it returns; the round that folds votes waits meanwhile.
  ///
  /// - Throws: `PostgresError`; none was taken then.
  public func importVotes(_ votes: [VoteToImport]) async throws -> ImportTally {
    try await db.transaction(retry: .retryable) { tx in
      var tally = ImportTally()
      try await ImportKind.hold(in: tx)
      // The round locks rows of posts in another order.
      try await Vote.holdFolding(in: tx)
      let known = try await ImportKind.vote.known(votes.map(\.id), as: VoteID.self, in: tx)
      let fresh = votes.filter { known[$0.id] == nil }
      tally.known = votes.count - fresh.count
      let members = try await Member.meet(fresh.map(\.member), through: accounts, in: tx)
      let posts = try await Post.present(fresh.compactMap(\.post), in: tx)
      let comments = try await Comment.present(fresh.compactMap(\.comment), in: tx)
      var wanted: [ImportedVote] = []
      for vote in fresh {
        let post = vote.post.flatMap { posts[$0] }
        let comment = vote.comment.flatMap { comments[$0] }
        if let refusal = vote.refusal(members, hasTarget: post != nil || comment != nil) {
          tally.refuse(.vote, vote.id, refusal)
          continue
        }
        wanted.append(ImportedVote(vote, post: post, comment: comment, now: clock.now()))
      }
      let latest = ImportedVote.latest(of: wanted)
      let new =
        try await ImportedVote.cast(latest.filter { $0.vote.postID != nil }, on: .posts, in: tx)
        .union(
          try await ImportedVote.cast(
            latest.filter { $0.vote.postID == nil },
            on: .comments,
            in: tx
          )
        )
      for vote in wanted where !new.contains(vote.vote.id) {
        tally.refuse(.vote, vote.source, "double")
      }
      // The others too: the second run must not cast what a member took back here since.
      try await ImportKind.vote.remember(wanted.map { ($0.source, $0.vote.id) }, in: tx)
      tally.taken = new.count
      return tally
    }
  }
}

extension VoteToImport {
  /// Why the vote is not taken; nil when it is.
  fileprivate func refusal(_ members: Set<MemberID>, hasTarget: Bool) -> String? {
    switch (post, comment) {
    case (nil, nil): "no_target"
    case (.some, .some): "two_targets"
    case _ where !members.contains(member): "member_missing"
    case (.some, nil) where !hasTarget: "post_missing"
    case (nil, .some) where !hasTarget: "comment_missing"
    default: nil
    }
  }
}

extension Comment {
  /// The comments here of some of another system, which stay until the transaction ends; two statements.
  fileprivate static func present(
    _ sources: some Sequence<ForeignID>,
    in tx: Transaction
  ) async throws -> [ForeignID: CommentID] {
    let ids = try await ImportKind.comment.known(Array(Set(sources)), as: CommentID.self, in: tx)
    let rows = try await tx.read(
      """
      select id from comments where id = any(array(select unnest(\(Array(ids.values)))))
      order by id for key share
      """
    )
    let present = Set(try rows.map { try $0.decode(CommentID.self, at: 0) })
    return ids.filter { present.contains($0.value) }
  }
}

/// A vote of another system on a thing that is here.
private struct ImportedVote: Sendable {
  let source: ForeignID
  let vote: Vote

  init(_ source: VoteToImport, post: PostID?, comment: CommentID?, now: Date) {
    self.source = source.id
    let cast = ForeignText.time(source.createdAt ?? source.updatedAt, now: now).time
    vote = Vote(
      memberID: source.member,
      postID: post,
      commentID: comment,
      type: source.isUpvote ? .upvote : .downvote,
      createdAt: cast,
      updatedAt: max(ForeignText.time(source.updatedAt ?? cast, now: now).time, cast)
    )
  }

  /// What a member can have one vote on.
  private struct Place: Hashable {
    let member: MemberID
    let post: PostID?
    let comment: CommentID?
  }

  /// The latest vote of each member on each thing, the first of those at one moment.
  static func latest(of votes: [ImportedVote]) -> [ImportedVote] {
    var latest: [Place: ImportedVote] = [:]
    for vote in votes {
      let row = vote.vote
      let place = Place(member: row.memberID, post: row.postID, comment: row.commentID)
      if let other = latest[place], other.vote.updatedAt >= row.updatedAt { continue }
      latest[place] = vote
    }
    return Array(latest.values)
  }

  /// Where votes are cast: the tables of things, and the columns that name them.
  struct Targets {
    let table: SQL
    let column: SQL

    static let posts = Targets(table: "posts", column: "post_id")
    static let comments = Targets(table: "comments", column: "comment_id")
  }

  /// Stores votes, each member's on each thing once, and counts them; one statement, none for nothing.
  ///
  /// - Returns: Those that are the member's opinion now and were not before.
  static func cast(
    _ votes: [ImportedVote],
    on targets: Targets,
    in tx: Transaction
  ) async throws -> Set<VoteID> {
    guard !votes.isEmpty else { return [] }
    let rows = votes.map(\.vote)
    let things = rows.compactMap { $0.postID?.rawValue ?? $0.commentID?.rawValue }
    let changed = try await tx.write(
      """
      with given as (
        select * from unnest(\(rows.map(\.id)), \(rows.map(\.memberID)), \(things),
          \(rows.map(\.type.rawValue))::text[]::vote_type[], \(rows.map(\.createdAt)),
          \(rows.map(\.updatedAt)))
          as given (id, member_id, thing_id, type, created_at, updated_at)
      ), kept as (
        insert into votes (id, member_id, \(targets.column), type, created_at, updated_at)
        select id, member_id, thing_id, type, created_at, updated_at from given order by id
        on conflict (member_id, \(targets.column)) where \(targets.column) is not null
        do update set type = excluded.type, updated_at = excluded.updated_at
        where votes.type <> excluded.type and votes.updated_at < excluded.updated_at
        returning id, member_id, \(targets.column) as thing_id
      ), changes as (
        select given.id, given.thing_id, given.type = 'upvote' as is_up, kept.id = given.id as is_new
        from given join kept using (member_id, thing_id)
      ), sums as (
        select thing_id,
          sum(case when is_up then 1 when is_new then 0 else -1 end)::bigint as upvotes,
          sum(case when not is_up then 1 when is_new then 0 else -1 end)::bigint as downvotes
        from changes group by thing_id
      ), counted as (
        update \(targets.table) as things
        set upvotes = things.upvotes + sums.upvotes, downvotes = things.downvotes + sums.downvotes
        from sums where things.id = sums.thing_id
      )
      select id from changes
      """
    )
    return Set(try changed.map { try $0.decode(VoteID.self, at: 0) })
  }
}
