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
    self.init()
    guard let query = request.uri.query else { return }
    let source = try FormSource(urlencoded: query)
    var errors: [FieldError] = []
    if let text = source.text("after"), !text.isEmpty {
      after = PageCursor(text)
      if after == nil { errors.append(FieldError("after", .pattern)) }
    }
    if let text = source.text("limit") {
      switch Int(text) {
      case .some(let number) where (1...100).contains(number): limit = number
      case .some: errors.append(FieldError("limit", .range, parameters: ["min": 1, "max": 100]))
      case nil: errors.append(FieldError("limit", .type))
      }
    }
    guard errors.isEmpty else { throw Problem.validation(errors) }
  }
}
