import AccountsContract
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import GalleryContract

extension Gallery {
  /// Adds to the counters of posts and comments what votes have changed since the last time, and tells
  /// those whose things more members like now.
  ///
  /// What is not yet added is added by every reader, so a crash at any moment loses nothing. Six
  /// statements, however many votes; one when there is nothing to add.
  ///
  /// One transaction takes `count` of them.
  func foldVotes(atMost count: Int = 1_000) async throws {
    while true {
      let isWaiting = try await db.read("select exists (select from vote_deltas)")[0]
        .decode(Bool.self, at: 0)
      guard isWaiting, try await foldSomeVotes(count) == count else { return }
    }
  }

  /// Returns how many votes were taken; 0 while another node is at it.
  private func foldSomeVotes(_ count: Int) async throws -> Int {
    try await db.transaction { tx in
      // One node at a time, in the order of the ids: nothing is taken back before it was added, and no
      // two wait for each other in a circle.
      let isAlone = try await tx.read(
        "select pg_try_advisory_xact_lock(hashtextextended('gallery.votes.fold', 0))"
      )[0].decode(Bool.self, at: 0)
      guard isAlone else { return 0 }
      let rows = try await tx.write(Vote.folding(count))
      let news = try rows.dropFirst().map { try LikedThing($0) }
      try await tx.publish(contentsOf: news.map(\.notice))
      return try rows[0].decode(Int.self, at: 0)
    }
  }
}

/// A post or a comment that more members like than before.
private struct LikedThing {
  let post: PostID
  let comment: CommentID?
  let author: MemberID
  let upvotes: Int

  init(_ row: PostgresRow) throws {
    upvotes = try row.decode(at: 0)
    post = try row.decode(at: 1)
    comment = try row.decode(at: 2)
    author = try row.decode(at: 3)
  }

  var notice: NoticeRequested<Gallery> {
    var facts: [String: NoticeFact] = ["post": .text("\(post)"), "count": .number(upvotes)]
    facts["comment"] = comment.map { .text("\($0)") }
    return NoticeRequested(
      of: comment == nil ? .postLiked : .commentLiked,
      to: author,
      facts
    )
  }
}

extension Vote {
  /// Keeps votes from being folded until the transaction ends.
  static func holdFolding(in tx: Transaction) async throws {
    _ = try await tx.read(
      "select pg_advisory_xact_lock(hashtextextended('gallery.votes.fold', 0))"
    )
  }

  /// The statement that adds the oldest changes to the counters: says in its first row how many they
  /// were, and then what is liked more than before and whose that is.
  static func folding(_ count: Int) -> SQL {
    """
    with taken as (
      delete from vote_deltas where id = any(array(
        select id from vote_deltas order by id limit \(count)
      ))
      returning post_id, comment_id, upvotes, downvotes, is_news
    ), sums as (
      select post_id, comment_id, sum(upvotes)::bigint as upvotes,
        sum(downvotes)::bigint as downvotes, bool_or(is_news) and sum(upvotes) > 0 as is_news
      from taken group by post_id, comment_id
    ), posts_counted as (
      update posts
      set upvotes = posts.upvotes + sums.upvotes, downvotes = posts.downvotes + sums.downvotes
      from sums where posts.id = sums.post_id
      returning posts.upvotes, posts.id as post_id, null::uuid as comment_id, author_id,
        is_news and state = 'kept' as is_news
    ), comments_counted as (
      update comments
      set upvotes = comments.upvotes + sums.upvotes,
        downvotes = comments.downvotes + sums.downvotes
      from sums where comments.id = sums.comment_id
      returning comments.upvotes, comments.post_id, comments.id, author_id, is_news
    ), counted as (
      select * from posts_counted union all select * from comments_counted
    )
    select count(*), null::uuid, null::uuid, null::uuid from taken
    union all
    select upvotes, post_id, comment_id, author_id from counted where is_news
    """
  }
}
