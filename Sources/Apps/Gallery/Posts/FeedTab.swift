import ArtelWeb

/// One of the lists of public posts to choose from.
struct FeedTab: Sendable {
  let name: String
  let url: String
  let isCurrent: Bool

  /// The orders.
  static func orders(_ wish: FeedForm, in pages: Pages, _ language: Language) -> [FeedTab] {
    PostOrder.allCases.map { order in
      FeedTab(
        name: pages.text("feed.order_\(order.rawValue)", in: language),
        url: FeedForm.path(order, wish.period),
        isCurrent: order == wish.order
      )
    }
  }

  /// The times of the best posts; none for other orders.
  static func periods(_ wish: FeedForm, in pages: Pages, _ language: Language) -> [FeedTab] {
    guard wish.order == .top else { return [] }
    return Period.allCases.map { period in
      FeedTab(
        name: pages.text("feed.period_\(period.rawValue)", in: language),
        url: FeedForm.path(.top, period),
        isCurrent: period == wish.period
      )
    }
  }
}
