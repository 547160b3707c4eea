import Testing

@testable import ArtelMigrations

@Suite("Telling statements apart")
struct SQLScriptTests {
  @Test func `statements end at semicolons outside quotes and comments`() {
    let script = SQLScript(
      """
      -- a; comment
      select ';' , ";" ; /* one; /* two; */ three; */
      select E'it\\'s;' ;
      select $$ a; $$, $tag$ $$; $tag$, $1
      """
    )

    #expect(script.statements.map(\.line) == [2, 3, 4])
    #expect(script.statements[0].text == #"select ';' , ";""#)
    #expect(script.statements[0].words == ["select", "\";\""])
  }

  @Test func `a body in standard SQL is one statement`() {
    let script = SQLScript(
      """
      create function f(a int) returns int begin atomic
        select case when a > 1 then 2 end;
        select 3;
      end;
      select 4
      """
    )

    #expect(script.statements.count == 2)
    #expect(script.statements[1].line == 5)
  }

  @Test func `semicolons in parentheses belong to a rule`() {
    let script = SQLScript("create rule r as on insert to t do (select 1; select 2); select 3")

    #expect(script.statements.count == 2)
  }

  @Test(arguments: ["", "  \n", "-- only words", "/* not closed"])
  func `a script without statements is empty`(_ text: String) {
    #expect(SQLScript(text).statements.isEmpty)
  }
}
