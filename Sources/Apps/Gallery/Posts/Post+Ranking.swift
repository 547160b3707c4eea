import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// The orders in which the public posts are listed.
enum PostOrder: String, CaseIterable, Sendable {
  /// By the time of publishing.
  case new
  /// By the score, of those published within a ``Period``.
  case top
  /// By `posts.heat`, in which ten times the score weighs as much as 12.5 hours.
  case hot
}

/// How far back the best posts are looked for, from now.
enum Period: String, CaseIterable, Sendable {
  case day
  case week
  case month
  case all

  /// How many days; nil without an end.
  var days: Int? {
    switch self {
    case .day: 1
    case .week: 7
    case .month: 30
    case .all: nil
    }
  }
}

/// Which part of the public posts somebody asks for, and in which order.
struct FeedForm: Form {
  var page: PageRequest
  var order: PostOrder
  /// Says something of the order ``PostOrder/top`` only.
  var period: Period

  init(_ fields: inout FormReader) {
    page = PageRequest(&fields)
    order = fields.choice("order", default: PostOrder.new)
    period = fields.choice("period", default: Period.week)
  }
}

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
    let behind = try sql(behind: page.after)
    let since = now.addingTimeInterval(-86_400 * Double(days))
    let most = SQL(raw: "\(page.limit + 1)")
    return `where`(
      """
      id = any(array(
        select best.id
        from generate_series(0, \(days)) as back (days)
        cross join lateral (
          select id, score from posts
          where is_public
            and (created_at at time zone 'UTC')::date
              = (\(now)::timestamptz at time zone 'UTC')::date - back.days::integer
            and created_at > \(since) and \(behind)
          order by score desc, id desc limit \(most)
        ) as best
        order by best.score desc, best.id desc limit \(most)
      ))
      """
    )
  }
}
