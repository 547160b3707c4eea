/// Some of a list's items, and where the next ones begin.
public struct Page<Item> {
  /// The items in order.
  public let items: [Item]

  /// Where the next page begins; nil when this is the last one.
  public let next: PageCursor?

  /// Makes a page.
  public init(items: [Item], next: PageCursor?) {
    self.items = items
    self.next = next
  }

  /// The page with each item turned into another.
  public func map<Other>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
    Page<Other>(items: try items.map(transform), next: next)
  }
}

extension Page: Sendable where Item: Sendable {}
