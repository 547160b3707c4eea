/// Something that happened in one context and that others may react to.
///
/// It lives in the context's contract, and its name and version are for ever. It holds ids and plain
/// facts. It is delivered at least once to each consumer, in order with the other events of its
/// aggregate; between aggregates there is no order.
///
/// ```swift
/// public struct PostDeleted: Event {
///   public static let name = "gallery.post.deleted"
///   public static let version = 1
///   public let id: PostID
///   public var aggregate: String { id.description }
/// }
/// ```
public protocol Event: Codable, Sendable {
  /// `<context>.<noun>.<past>`, such as `gallery.post.created`; the first word is the context whose
  /// log holds it.
  static var name: String { get }

  /// Counts from 1; grows when the JSON changes so that older readers would misunderstand it.
  static var version: Int { get }

  /// What it happened to, usually an id; one per thing whose events must stay in order.
  var aggregate: String { get }

  /// Reads the JSON of this version or of an older one.
  ///
  /// The default decodes it as it is. A newer version never comes here: it is parked.
  static func decode(_ payload: EventPayload, version: Int) throws -> Self
}

extension Event {
  /// Decodes the JSON as this type, whatever the version.
  public static func decode(_ payload: EventPayload, version: Int) throws -> Self {
    try payload.decode(Self.self)
  }
}
