/// One kind of values in a ``Cache``: what they are called, how long they are right, what they cost.
///
/// ```swift
/// static let cards = CacheNamespace<MemberID, MemberCard>("user", lifetime: .seconds(3600)) {
///   $0.username.utf8.count + $0.displayName.utf8.count
/// }
/// ```
public struct CacheNamespace<ID: Hashable & Sendable & CustomStringConvertible, Value: Sendable>:
  Sendable
{
  /// The first part of every key; two namespaces of one cache differ in it.
  public let name: String

  /// How long a value counts as right after its load began.
  public let lifetime: Duration

  /// How long it counts as known that there is no value; zero asks again every time.
  public let absentLifetime: Duration

  let costBytes: @Sendable (Value) -> Int

  /// Describes a kind of values.
  ///
  /// - Parameters:
  ///   - name: Lowercase letters and underscores; metrics have it as a label.
  ///   - lifetime: How long a value may be shown after it has changed where no invalidation arrives.
  ///   - absentLifetime: The same for what does not exist; default 30 seconds.
  ///   - costBytes: The memory behind a value beyond its own stride, roughly, in bytes; default 0.
  public init(
    _ name: String,
    lifetime: Duration,
    absentLifetime: Duration = .seconds(30),
    costBytes: @escaping @Sendable (Value) -> Int = { _ in 0 }
  ) {
    self.name = name
    self.lifetime = lifetime
    self.absentLifetime = absentLifetime
    self.costBytes = costBytes
  }

  /// The key of one value, such as `user:019aa4c0-3c5e-7b2a-9c1d-2f6e8a7b4c3d`.
  public func key(_ id: ID) -> CacheKey<Value> {
    CacheKey(place: CachePlace(namespace: name, id: id.description))
  }
}

/// Names one value of a ``Cache``, and knows its type.
public struct CacheKey<Value: Sendable>: Hashable, Sendable, CustomStringConvertible {
  let place: CachePlace

  /// The namespace and the id with a colon in between.
  public var description: String { "\(place.namespace):\(place.id)" }
}

/// A key without its type, as the table has it.
struct CachePlace: Hashable, Sendable {
  let namespace: String
  let id: String
}
