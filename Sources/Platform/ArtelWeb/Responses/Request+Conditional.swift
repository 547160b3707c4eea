import HTTPTypes
public import Hummingbird

/// How long and by whom an answer may be kept.
///
/// Source: RFC 9111, 5.2.2.
public struct CachePolicy: Sendable, Equatable {
  /// The value of the `Cache-Control` header.
  public let headerValue: String

  /// Kept nowhere.
  public static let never = CachePolicy(headerValue: "no-store")
  /// Kept by the member's browser, which asks every time whether it is still right.
  public static let revalidated = CachePolicy(headerValue: "private, no-cache")
  /// Kept by anybody, who asks every time whether it is still right.
  public static let publicRevalidated = CachePolicy(headerValue: "no-cache")
  /// Kept by anybody for a year without asking: the address changes with the content.
  public static let immutable = CachePolicy(headerValue: "public, max-age=31536000, immutable")
}

extension Request {
  /// Whether the caller already holds the state named by a tag.
  public func holds(_ tag: EntityTag) -> Bool {
    headers.firstValue(of: .ifNoneMatch).map(tag.isNamed) ?? false
  }

  /// Answers 304 when the caller holds the state named by a tag, else what `make` makes.
  ///
  /// Cost: `make`, which may build the body, runs only when it is needed.
  public func conditional(
    on tag: EntityTag,
    cache: CachePolicy = .revalidated,
    make: () async throws -> Response
  ) async rethrows -> Response {
    var response =
      holds(tag) && (method == .get || method == .head)
      ? Response(status: .notModified) : try await make()
    guard [.ok, .partialContent, .notModified].contains(response.status) else { return response }
    response.headers[.eTag] = tag.headerValue
    response.headers[.cacheControl] = cache.headerValue
    return response
  }
}
