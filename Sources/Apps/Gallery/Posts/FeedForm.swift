import ArtelWeb

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

extension FeedForm {
  /// The address of the first page.
  var path: String { FeedForm.path(order, period) }

  /// The address of the first page of a list.
  static func path(_ order: PostOrder, _ period: Period) -> String {
    switch order {
    case .new: "/"
    case .hot: "/?order=hot"
    case .top: "/?order=top&period=\(period.rawValue)"
    }
  }
}
