import ArtelTesting
import Foundation
import Testing

@testable import ArtelPostgres

/// Appendix A of PostgreSQL's manual, class by class, with the codes that differ from their class.
private struct SQLStateClass: CustomTestStringConvertible {
  let digits: String
  let name: String
  let blame: PostgresError.Blame
  var except: [String: PostgresError.Blame] = [:]

  var testDescription: String { "\(digits) \(name)" }

  func blame(of sqlState: String) -> PostgresError.Blame { except[sqlState] ?? blame }

  static let all = [
    SQLStateClass(digits: "00", name: "Successful Completion", blame: .server),
    SQLStateClass(digits: "01", name: "Warning", blame: .server),
    SQLStateClass(digits: "02", name: "No Data", blame: .server),
    SQLStateClass(digits: "03", name: "SQL Statement Not Yet Complete", blame: .server),
    SQLStateClass(digits: "08", name: "Connection Exception", blame: .retryable),
    SQLStateClass(digits: "09", name: "Triggered Action Exception", blame: .server),
    SQLStateClass(digits: "0A", name: "Feature Not Supported", blame: .server),
    SQLStateClass(digits: "0B", name: "Invalid Transaction Initiation", blame: .server),
    SQLStateClass(digits: "0F", name: "Locator Exception", blame: .server),
    SQLStateClass(digits: "0L", name: "Invalid Grantor", blame: .server),
    SQLStateClass(digits: "0P", name: "Invalid Role Specification", blame: .server),
    SQLStateClass(digits: "0Z", name: "Diagnostics Exception", blame: .server),
    SQLStateClass(digits: "20", name: "Case Not Found", blame: .server),
    SQLStateClass(digits: "21", name: "Cardinality Violation", blame: .server),
    SQLStateClass(digits: "22", name: "Data Exception", blame: .caller),
    SQLStateClass(digits: "23", name: "Integrity Constraint Violation", blame: .caller),
    SQLStateClass(digits: "24", name: "Invalid Cursor State", blame: .server),
    SQLStateClass(digits: "25", name: "Invalid Transaction State", blame: .server),
    SQLStateClass(digits: "26", name: "Invalid SQL Statement Name", blame: .server),
    SQLStateClass(digits: "27", name: "Triggered Data Change Violation", blame: .server),
    SQLStateClass(digits: "28", name: "Invalid Authorization Specification", blame: .server),
    SQLStateClass(digits: "2B", name: "Dependent Privilege Descriptors Exist", blame: .server),
    SQLStateClass(digits: "2D", name: "Invalid Transaction Termination", blame: .server),
    SQLStateClass(digits: "2F", name: "SQL Routine Exception", blame: .server),
    SQLStateClass(digits: "34", name: "Invalid Cursor Name", blame: .server),
    SQLStateClass(digits: "38", name: "External Routine Exception", blame: .server),
    SQLStateClass(digits: "39", name: "External Routine Invocation Exception", blame: .server),
    SQLStateClass(digits: "3B", name: "Savepoint Exception", blame: .server),
    SQLStateClass(digits: "3D", name: "Invalid Catalog Name", blame: .server),
    SQLStateClass(digits: "3F", name: "Invalid Schema Name", blame: .server),
    SQLStateClass(digits: "40", name: "Transaction Rollback", blame: .retryable),
    SQLStateClass(digits: "42", name: "Syntax Error or Access Rule Violation", blame: .server),
    SQLStateClass(digits: "44", name: "WITH CHECK OPTION Violation", blame: .caller),
    SQLStateClass(
      digits: "53",
      name: "Insufficient Resources",
      blame: .retryable,
      except: ["53100": .server]
    ),
    SQLStateClass(digits: "54", name: "Program Limit Exceeded", blame: .server),
    SQLStateClass(
      digits: "55",
      name: "Object Not In Prerequisite State",
      blame: .server,
      except: ["55006": .retryable, "55P03": .retryable]
    ),
    SQLStateClass(
      digits: "57",
      name: "Operator Intervention",
      blame: .retryable,
      except: ["57P04": .server]
    ),
    SQLStateClass(digits: "58", name: "System Error", blame: .server),
    SQLStateClass(digits: "72", name: "Snapshot Failure", blame: .retryable),
    SQLStateClass(digits: "F0", name: "Configuration File Error", blame: .server),
    SQLStateClass(digits: "HV", name: "Foreign Data Wrapper Error", blame: .server),
    SQLStateClass(
      digits: "P0",
      name: "PL/pgSQL Error",
      blame: .server,
      except: ["P0001": .caller]
    ),
    SQLStateClass(digits: "XX", name: "Internal Error", blame: .server),
    SQLStateClass(digits: "ZZ", name: "A class nobody knows", blame: .server),
  ]
}

@Suite("Who is to blame, by SQLSTATE")
struct SQLStateTests {
  // Fails without class 72, and without the exception 53100: seen each named.
  @Test(arguments: SQLStateClass.all)
  private func `every class has one answer, its exceptions named`(_ row: SQLStateClass) {
    for sqlState in ["\(row.digits)000", "\(row.digits)999"] + row.except.keys {
      #expect(PostgresError.blame(sqlState: sqlState) == row.blame(of: sqlState), "\(sqlState)")
    }
  }

  // Fails without the exception 53100: seen it named.
  @Test func `every code that PostgreSQL can raise comes through the driver with its class`()
    async throws
  {
    try await withDatabase { configuration in
      configuration.leases = 1
    } run: { db async throws in
      let codes = try SQLStateTests.installedCodes()
      try #require(codes.count > 200)
      for code in codes {
        let row = try #require(
          SQLStateClass.all.first { code.hasPrefix($0.digits) },
          "\(code) belongs to no class of the table"
        )
        // Not raised here: an end of the connection, success, and warnings, which are no errors.
        guard !code.hasPrefix("57P"), !["00", "01", "02"].contains(row.digits) else { continue }
        let raise = SQL(raw: "do $$ begin raise exception using errcode = '\(code)'; end $$")

        let error = await #expect(throws: PostgresError.self) {
          try await db.withLease { try await $0.script(raise.text) }
        }

        #expect(error?.sqlState == code)
        #expect(error?.blame == row.blame(of: code), "\(code)")
        #expect(error?.code == (code == "57014" ? .timeout : .server))
      }
    }
  }

  @Test func `losses and full pools may be tried again, the rest is the program's`() {
    let codes: [(PostgresError.Code, PostgresError.Blame)] = [
      (.connectionUnavailable, .retryable), (.poolExhausted, .retryable), (.timeout, .retryable),
      (.unknownOutcome, .server), (.decoding, .server), (.misuse, .server), (.closed, .server),
    ]
    for (code, blame) in codes {
      #expect(PostgresError(code: code, message: "").blame == blame, "\(code)")
    }
  }

  /// The codes in `errcodes.txt` of the installed PostgreSQL, which its manual is made from.
  private static func installedCodes() throws -> [String] {
    let root = "/usr/share/postgresql"
    let version = try #require(
      FileManager.default.contentsOfDirectory(atPath: root).compactMap { Int($0) }.max()
    )
    let text = try String(contentsOfFile: "\(root)/\(version)/errcodes.txt", encoding: .utf8)
    return text.split(separator: "\n").compactMap { line in
      line.firstMatch(of: /^([0-9A-Z]{5})\s/).map { String($0.1) }
    }
  }
}
