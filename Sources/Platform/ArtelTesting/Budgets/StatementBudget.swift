import ArtelPostgres
public import Testing

/// Runs `body` and records an issue when it ran more or fewer statements than its budget.
///
/// The issue lists the statements, so that an N+1 shows itself.
///
/// - `limit`: The most statements, those of child tasks included.
/// - `floor`: The fewest; a floor above zero notices when nothing is measured any more. Default 1.
@discardableResult
nonisolated(nonsending) public func expectStatements<Result>(
  atMost limit: Int,
  atLeast floor: Int = 1,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Result
) async rethrows -> Result {
  let (result, statements) = try await StatementLog.recording { try await body() }
  if !(floor...max(floor, limit)).contains(statements.count) {
    let list = statements.map { "\n  [\($0.lane.rawValue)] \($0.text)" }.joined()
    Issue.record(
      "\(statements.count) statements instead of \(floor) to \(limit):\(list)",
      sourceLocation: sourceLocation
    )
  }
  return result
}
