import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Query where Row == Post {
  /// The posts that are asked for, in their order; a page of them is the start of an index.
  ///
  /// - Throws: `InvalidPageCursor`.
  func ranked(by wish: FeedForm, at now: Date) throws -> Query {
    switch wish.order {
    case .new: newestFirst
    case .hot: order { $0.heat.descending }
    case .top:
      try order { $0.score.descending }
        .published(within: wish.period, at: now, for: wish.page)
    }
  }

  /// Narrows to the posts of a period of which a page can be.
  ///
  /// The index has the best of each calendar day: of each the first few are read and merged, so that a
  /// month costs 31 looks into it and not all its posts.
  private func published(
    within period: Period,
    at now: Date,
    for page: PageRequest
  ) throws -> Query {
    guard let days = period.days else { return self }
    let day: SQL = "(created_at at time zone 'UTC')::date"
    let that: SQL = "((\(now)::timestamptz at time zone 'UTC')::date - back.days::integer)"
    // The day stands in one comparison with score and id, and the beginning of the period is compared as
    // a time of UTC, so that the index of days alone fits: near the end of the list the planner would take
    // that of scores, or of times, for the shorter way and read all posts in it for each day.
    let behind = try sql(behind: page.after, where: day, is: that)
    let since = now.addingTimeInterval(-86_400 * Double(days))
    let most = SQL(raw: "\(page.limit + 1)")
    return `where`(
      """
      id = any(array(
        select best.id
        from generate_series(0, \(days)) as back (days)
        cross join lateral (
          select id, score from posts
          where visibility = 'public' and state = 'kept'
            and \(day) >= \(that) and \(behind)
            and created_at at time zone 'UTC' > \(since)::timestamptz at time zone 'UTC'
          order by \(day) desc, score desc, id desc limit \(most)
        ) as best
        order by best.score desc, best.id desc limit \(most)
      ))
      """
    )
  }
}
