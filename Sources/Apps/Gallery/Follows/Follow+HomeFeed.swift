import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

extension Query where Row == Post {
  /// The public posts of those whom a member follows that are on a page.
  ///
  /// Takes the newest of each of them from an index, whatever others post, and of these the page.
  fileprivate func ofHome(of member: MemberID, _ page: PageRequest) throws -> Query {
    let newest = try Post.query.where("author_id = follows.following_id").shownToEverybody
      .newestFirst.sql(pageOf: page.limit, after: page.after)
    return `where`(
      """
      id in (
        select newest.id from follows cross join lateral (\(newest)) as newest
        where follows.follower_id = \(member)
        order by newest.created_at desc, newest.id desc limit \(page.limit + 1)
      )
      """
    )
  }
}

extension Follow {
  /// The statement of a page of a member's home feed.
  static func home(of member: MemberID, _ page: PageRequest) throws -> Query<Post> {
    try Post.query.ofHome(of: member, page).newestFirst
  }
}

extension Gallery {
  /// One page of the public posts of those whom a member follows, newest first; four statements.
  func home(
    of member: MemberID,
    _ page: PageRequest
  ) async throws -> Page<PostEntry> {
    try await Follow.home(of: member, page)
      .entries(for: member).page(page, in: db)
  }
}
