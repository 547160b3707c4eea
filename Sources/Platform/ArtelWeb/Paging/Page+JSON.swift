public import ArtelModel

extension Page: JSONWritable where Item: JSONWritable {
  /// Writes `{"items": […], "next": …}`; `next` is null on the last page.
  @inlinable
  public func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("items", items)
      json.field("next", next)
    }
  }
}

extension PageCursor: JSONWritable {
  /// Writes the opaque text.
  public func write(to json: inout JSONWriter) { json.value(description) }
}

extension Page: JSONResource where Item: JSONResource {
  /// The item's name with `Page` behind it.
  public static var schemaName: String { Item.schemaName + "Page" }

  /// A page with another behind it, and an empty last one.
  public static var examples: [Page] {
    [
      Page(items: Item.examples, next: PageCursor("Zk9hZ8AQhq2c7QAQAZpKwX0gfE6KVQ2bah8-Jw")),
      Page(items: [], next: nil),
    ]
  }
}
