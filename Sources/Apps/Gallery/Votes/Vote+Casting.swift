import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import Foundation
import GalleryContract

extension Gallery {
  /// Votes on a thing that the member may see, or changes their vote; casting it again changes nothing.
  ///
  /// One may vote on one's own things.
  ///
  /// - Throws: `RowNotFound`; ``VoteError/blocked``; ``MemberError/departed``.
  func cast(_ type: VoteType, on target: VoteTarget, by member: MemberID) async throws {
    let author = try await target.author(for: member, in: db)
    async let mutes = boundaries.mutes(by: author, among: [member])
    guard try await !isBlocked(member, from: author) else { throw VoteError.blocked }
    let isMuted = try await !mutes.isEmpty
    let isNews = type == .upvote && member != author && !isMuted
    let vote = Vote(
      memberID: member,
      postID: target.post,
      commentID: target.comment,
      type: type,
      createdAt: clock.now(),
      updatedAt: clock.now()
    )
    guard try await store(vote, on: target, isNews: isNews) == .stranger else { return }
    try await Member.meet(member, through: accounts, in: db)
    guard try await store(vote, on: target, isNews: isNews) != .stranger else {
      throw MemberError.departed
    }
  }

  /// Takes back the vote of a member on a thing that they may see; without one nothing happens.
  ///
  /// - Throws: `RowNotFound`.
  func takeBackVote(on target: VoteTarget, by member: MemberID) async throws {
    _ = try await target.author(for: member, in: db)
    try await db.transaction { tx in
      let votes = try await Vote.query.cast(by: member).on(target).forUpdate().all(in: tx)
      try await Vote.takeBack(votes, in: tx)
    }
  }

  private enum Outcome {
    /// Neither the member nor their departure is known, or they have departed.
    case stranger
    /// The vote is as it was.
    case same
    case changed
  }

  private func store(_ vote: Vote, on target: VoteTarget, isNews: Bool) async throws -> Outcome {
    do {
      return try await db.transaction { tx in
        let row = try await tx.write(vote.casting(on: target, isNews: isNews))[0]
        guard try row.decode(Bool.self, at: 0) else { return .stranger }
        guard try row.decode(Bool.self, at: 1) else { return .same }
        try await tx.publish(vote.event(saying: vote.type))
        return .changed
      }
    } catch let error as PostgresError where Vote.targetKeys.contains(error.constraint ?? "") {
      // It was deleted since it was looked at.
      throw RowNotFound(table: Vote.table.name)
    }
  }
}

extension Query where Row == Vote {
  /// The votes of one member.
  func cast(by member: MemberID) -> Query {
    `where` { $0.memberID == member }
  }

  /// The votes on one thing.
  func on(_ target: VoteTarget) -> Query {
    switch target {
    case .post(let id): `where` { $0.postID == id }
    case .comment(let id): `where` { $0.commentID == id }
    }
  }
}

extension Vote {
  fileprivate static let targetKeys: Set = ["votes_post_id_fkey", "votes_comment_id_fkey"]

  /// The statement that stores the vote, or changes the one there is, together with what that changes
  /// about the counters: says whether the member is known and here, and whether anything changed.
  ///
  /// The row of the thing is only shared: a thousand voters do not wait for each other.
  fileprivate func casting(on target: VoteTarget, isNews: Bool) -> SQL {
    let ups = type == .upvote
    // Whoever departs at this moment either comes first or finds the vote.
    return """
      with voter as (
        select id from members where id = \(memberID) and departed_at is null for key share
      ), kept as (
        insert into votes (id, member_id, \(target.column), type, created_at, updated_at)
        select \(id), voter.id, coalesce(\(postID), \(commentID)), \(type)::vote_type,
          \(createdAt)::timestamptz, \(updatedAt)::timestamptz
        from voter
        on conflict (member_id, \(target.column)) where \(target.column) is not null
        do update set type = excluded.type, updated_at = excluded.updated_at
        where votes.type <> excluded.type
        returning id
      ), counted as (
        insert into vote_deltas (\(target.column), upvotes, downvotes, is_news)
        select coalesce(\(postID), \(commentID)),
          case when \(ups) then 1 when id = \(id) then 0 else -1 end,
          case when not \(ups) then 1 when id = \(id) then 0 else -1 end,
          \(isNews)
        from kept
      )
      select exists (select from voter), exists (select from kept)
      """
  }

  /// Deletes votes, counts them no more, and tells of it; the rows have to be locked.
  ///
  /// Three statements, however many votes.
  static func takeBack(_ votes: [Vote], in tx: Transaction) async throws {
    guard !votes.isEmpty else { return }
    let ids = votes.map(\.id)
    _ = try await tx.write(
      """
      with gone as (
        delete from votes where id = any(\(ids)) returning post_id, comment_id, type
      )
      insert into vote_deltas (post_id, comment_id, upvotes, downvotes, is_news)
      select post_id, comment_id, -(type = 'upvote')::integer, -(type = 'downvote')::integer, false
      from gone
      """
    )
    try await tx.publish(contentsOf: votes.map { $0.event(saying: nil) })
  }

  fileprivate func event(saying type: VoteType?) -> VoteCast {
    VoteCast(
      member: memberID,
      post: postID,
      comment: commentID,
      opinion: type.map { $0 == .upvote ? .upvote : .downvote }
    )
  }
}
