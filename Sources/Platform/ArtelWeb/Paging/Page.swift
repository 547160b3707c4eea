/// One page of a list, written as `{"items": […], "next": …}`.
public struct Page<Item: Sendable>: Sendable {
  /// The items, in the order of the list.
  public var items: [Item]

  /// The cursor of the following page; nil on the last one.
  public var next: Cursor?

  /// Makes a page.
  public init(items: [Item], next: Cursor?) {
    self.items = items
    self.next = next
  }

  /// Makes a page from one item more than fits: the extra one only proves that there is another
  /// page.
  ///
  /// - Parameters:
  ///   - fetched: At most `limit + 1` items.
  ///   - limit: Most items on the page, at least 1.
  ///   - cursor: The place of an item.
  public init(fetched: [Item], limit: Int, cursor: (Item) -> Cursor) {
    items = Array(fetched.prefix(limit))
    next = fetched.count > limit ? items.last.map(cursor) : nil
  }

  /// The page with every item turned into another.
  public func map<Other: Sendable>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
    Page<Other>(items: try items.map(transform), next: next)
  }
}

extension Page: JSONWritable where Item: JSONWritable {
  /// Writes `items` and `next`, which is null on the last page.
  public func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("items", items)
      json.field("next", next)
    }
  }
}
