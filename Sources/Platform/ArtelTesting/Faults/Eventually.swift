/// Why a fault could not be planted, or why what should follow did not.
public struct FaultError: Error, Sendable, CustomStringConvertible {
  /// What is wrong.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Waits until `condition` holds, and asks it every 5 ms.
///
/// - `what`: The condition in words, for the error.
/// - `limit`: How long to wait at most. Default two minutes; generous, since it costs nothing when all is well.
/// - Throws: ``FaultError`` when the time is up; what `condition` throws, at once.
nonisolated(nonsending) public func eventually(
  _ what: String,
  within limit: Duration = .seconds(120),
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      throw FaultError("not within \(limit): \(what)")
    }
    try await Task.sleep(for: .milliseconds(5))
  }
}
