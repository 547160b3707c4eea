public import ArtelModel
public import Hummingbird

/// The part of a list that a caller asks for: `?after=…&limit=…`.
public struct PageRequest: Sendable, Equatable {
  /// Where the page begins; nil for the first page.
  public var after: PageCursor?

  /// Most items on the page; default 20, 1 to 100.
  public var limit: Int

  /// Makes a page request; the limit is taken as it is.
  public init(after: PageCursor? = nil, limit: Int = 20) {
    self.after = after
    self.limit = limit
  }

  /// Reads a page request from the query of an address.
  ///
  /// - Throws: ``Problem`` of kind `validation` when `limit` is no number of 1 to 100 or `after` is
  ///   no cursor that this server made.
  public init(_ request: Request) throws {
    self = try PageRequest.read(from: FormSource(query: request.uri.query ?? ""))
  }
}

extension PageRequest: Form {
  /// Reads `after` and `limit`.
  public init(_ fields: inout FormReader) {
    after = fields.optionalString("after", .pattern(.pageCursor)).flatMap(PageCursor.init)
    limit = fields.integer("limit", in: 1...100, default: 20)
  }
}

extension FieldPattern {
  /// The text of a ``ArtelModel/PageCursor``; whose list it belongs to is seen later.
  static let pageCursor = FieldPattern(
    "cursor",
    expression: "^[A-Za-z0-9_-]*$",
    format: "page-cursor"
  ) { text in
    PageCursor(text) != nil
  }
}
