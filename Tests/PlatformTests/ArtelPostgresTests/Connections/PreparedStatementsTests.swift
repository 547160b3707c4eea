import Testing

@testable import ArtelPostgres

@Suite("Prepared statements of a connection")
struct PreparedStatementsTests {
  private func key(_ text: String, _ types: PostgresType...) -> StatementKey {
    StatementKey(text: text, types: types)
  }

  @Test func `a statement is prepared once`() {
    var statements = PreparedStatements(capacity: 2)

    #expect(statements.lookUp(key("a")) == .unknown("s1", evicted: nil))
    #expect(statements.lookUp(key("a")) == .known("s1"))
  }

  @Test func `the same text with other parameter types is another statement`() {
    var statements = PreparedStatements(capacity: 2)
    _ = statements.lookUp(key("a", .int8))

    #expect(statements.lookUp(key("a", .int4)) == .unknown("s2", evicted: nil))
  }

  @Test func `the least recently used statement makes room`() {
    var statements = PreparedStatements(capacity: 2)
    _ = statements.lookUp(key("a"))
    _ = statements.lookUp(key("b"))
    _ = statements.lookUp(key("a"))

    #expect(statements.lookUp(key("c")) == .unknown("s3", evicted: "s2"))
    #expect(statements.count == 2)
  }

  @Test func `a forgotten statement is prepared under a name never used before`() {
    var statements = PreparedStatements(capacity: 2)
    _ = statements.lookUp(key("a"))

    #expect(statements.forget(key("a")) == "s1")
    #expect(statements.lookUp(key("a")) == .unknown("s2", evicted: nil))
  }
}
