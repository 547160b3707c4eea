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
