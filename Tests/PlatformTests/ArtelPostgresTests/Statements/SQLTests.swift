import Testing

@testable import ArtelPostgres

@Suite("Statements from string interpolation")
struct SQLTests {
  @Test func `values become numbered parameters`() {
    let sql: SQL = "select \(1) from t where a = \("x") and b = \(true)"

    #expect(sql.text == "select $1 from t where a = $2 and b = $3")
    #expect(sql.parameters.types == [.int8, .inferred, .bool])
  }

  @Test func `a spliced fragment has its parameters numbered after those before it`() {
    let condition: SQL = "b = \(2) or c = \(3)"
    let sql: SQL = "select * from t where a = \(1) and (\(condition)) limit \(4)"

    #expect(sql.text == "select * from t where a = $1 and (b = $2 or c = $3) limit $4")
  }

  @Test func `nil is bound as a null of its type`() {
    let none: Int? = nil
    let sql: SQL = "select \(none)"

    #expect(sql.parameters.types == [.int8])
    #expect(sql.parameters.lengths == [-1])
  }

  @Test(arguments: [("plain", "\"plain\""), ("we\"ird", "\"we\"\"ird\""), ("; drop", "\"; drop\"")])
  func `identifiers are quoted`(name: String, quoted: String) {
    let sql: SQL = "select \(identifier: name)"

    #expect(sql.text == "select \(quoted)")
  }

  @Test func `a value never reaches the text`() {
    let attack = "'; drop table members; --"

    #expect(!("select \(attack)" as SQL).text.contains("drop"))
  }
}
