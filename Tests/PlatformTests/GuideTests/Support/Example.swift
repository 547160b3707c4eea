import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

/// Runs an example of `docs/guides/queries.md` and expects the statements that are printed there.
///
/// `bin/lint examples` expects the body in the guide, word for word, without a last line that
/// returns. Statements that only open or end a transaction are in no example; the others may come in
/// any order, because related rows are loaded at the same time.
@discardableResult
func example<Result>(
  _ name: String,
  at location: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Result
) async throws -> Result {
  let (result, statements) = try await StatementLog.recording(body)
  let sent = statements.map { GuideSQL.normalized($0.text) }
    .filter { !$0.hasPrefix("begin ") && $0 != "commit" }
  #expect(
    try GuideSQL.statements(of: name)?.sorted() == sent.sorted(),
    "the SQL of \(name) in the guide is to be:\n\(sent.joined(separator: ";\n"))",
    sourceLocation: location
  )
  return result
}

/// The SQL in the guide.
enum GuideSQL {
  /// The statements of the SQL block behind the example's Swift, each in one line; nil when there
  /// is none.
  static func statements(of example: String) throws -> [String]? {
    let path = "\(SourceTree.root())/docs/guides/queries.md"
    let guide = try String(contentsOfFile: path, encoding: .utf8)
    guard let begin = guide.range(of: "<!-- example: \(example) -->"),
      let open = guide.range(of: "```sql\n", range: begin.upperBound..<guide.endIndex),
      let close = guide.range(of: "\n```", range: open.upperBound..<guide.endIndex)
    else { return nil }
    return guide[open.upperBound..<close.lowerBound].split(separator: ";\n")
      .map { normalized(String($0)) }
  }

  /// The statement in one line, however it was laid out.
  static func normalized(_ sql: String) -> String {
    sql.replacing(/\s+/, with: " ").replacing("( ", with: "(").replacing(" )", with: ")")
      .trimmingCharacters(in: .whitespacesAndNewlines.union(CharacterSet(charactersIn: ";")))
  }
}
