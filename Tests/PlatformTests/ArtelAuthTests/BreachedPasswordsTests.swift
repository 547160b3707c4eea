import ArtelConcurrency
import Crypto
import Foundation
import Testing

@testable import ArtelAuth

@Suite("Breached passwords")
struct BreachedPasswordsTests {
  private let pool = BlockingPool(name: "breached-tests", threads: 1)

  private func digest(_ password: String) -> String {
    Insecure.SHA1.hash(data: Data(password.utf8)).map { String(format: "%02X", $0) }.joined()
  }

  /// A list of `password 0`, `password 2` and so on.
  private func list(
    of count: Int,
    ending: String = "\n",
    _ line: (String, Int) -> String = { digest, _ in digest }
  ) -> String {
    (0..<count).map { digest("password \(2 * $0)") }.sorted().enumerated()
      .map { line($1, $0) + ending }.joined()
  }

  private func withList(_ text: String, _ body: (String) async throws -> Void) async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "breached-\(UUID())")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try await body(file.path)
  }

  // Counts around one and two reads of 512 bytes with lines of 41 bytes: 12 fit into one.
  @Test(arguments: [1, 2, 3, 11, 12, 13, 23, 24, 25, 26, 1000])
  func `are found, each of them, and no others`(count: Int) async throws {
    try await withList(list(of: count)) { path in
      let breached = try BreachedPasswords(path: path, pool: pool)

      for number in 0..<count {
        #expect(try await breached.contains("password \(2 * number)"))
        #expect(try await !breached.contains("password \(2 * number + 1)"))
      }
    }
  }

  @Test(arguments: ["\n", "\r\n"])
  func `may be followed by how often they were seen`(ending: String) async throws {
    let text = list(of: 1000, ending: ending) { digest, number in
      "\(digest.lowercased()):\(number * number * number)"
    }
    try await withList(String(text.dropLast(ending.utf8.count))) { path in
      let breached = try BreachedPasswords(path: path, pool: pool)

      for number in 0..<1000 {
        #expect(try await breached.contains("password \(2 * number)"))
        #expect(try await !breached.contains("password \(2 * number + 1)"))
      }
    }
  }

  // Fails without `check`: the server starts, and finds nothing in a list that is ordered by count.
  @Test(arguments: ["", "\n", "\n\n", "password\n", "0123\n", "<!doctype html>\n"])
  func `are not looked for in files of another form`(text: String) async throws {
    try await withList(text) { path async throws in
      #expect(throws: BreachedPasswordsError.malformed(0)) {
        try BreachedPasswords(path: path, pool: pool)
      }
    }
  }

  @Test func `are not looked for where no line ends`() async throws {
    try await withList(String(repeating: "0", count: 10_000)) { path async throws in
      #expect(throws: BreachedPasswordsError.malformed(0)) {
        try BreachedPasswords(path: path, pool: pool)
      }
    }
  }

  // Fails without looking at the end: the server starts, and refuses whoever chooses a password that sorts
  // behind it.
  @Test(arguments: [2, 20, 40])
  func `are not looked for in lists that end within a line`(missing: Int) async throws {
    try await withList(String(list(of: 1000).dropLast(missing))) { path async throws in
      #expect(throws: BreachedPasswordsError.self) {
        try BreachedPasswords(path: path, pool: pool)
      }
    }
  }

  // Fails without `lineBytes`: seen most of them not found.
  @Test(arguments: [215, 216, 300, 450])
  func `are found, or the list is refused, however long its lines are`(more: Int) async throws {
    let text = list(of: 300) { digest, _ in digest + ":" + String(repeating: "7", count: more - 1) }
    try await withList(text) { path async throws in
      guard more <= 215 else {
        #expect(throws: BreachedPasswordsError.malformed(0)) {
          try BreachedPasswords(path: path, pool: pool)
        }
        return
      }
      let breached = try BreachedPasswords(path: path, pool: pool)
      for number in 0..<300 {
        #expect(try await breached.contains("password \(2 * number)"))
      }
    }
  }

  @Test func `are not looked for in two lines in the wrong order`() async throws {
    let lines = [digest("a"), digest("b")].sorted(by: >).map { $0 + "\n" }
    try await withList(lines.joined()) { path async throws in
      #expect(throws: BreachedPasswordsError.malformed(41)) {
        try BreachedPasswords(path: path, pool: pool)
      }
    }
  }

  @Test func `are not looked for in lists without order`() async throws {
    let lines = (0..<1000).map { digest("password \($0)") + "\n" }
    try await withList(lines.joined()) { path async throws in
      let error = #expect(throws: BreachedPasswordsError.self) {
        try BreachedPasswords(path: path, pool: pool)
      }
      #expect(error?.description.contains("ascending order") == true)
    }
  }

  @Test func `need a file that can be read`() throws {
    #expect(throws: BreachedPasswordsError.unreadable(ENOENT)) {
      try BreachedPasswords(path: "/nowhere/at/all", pool: pool)
    }
    #expect(throws: BreachedPasswordsError.unreadable(EISDIR)) {
      try BreachedPasswords(path: FileManager.default.temporaryDirectory.path, pool: pool)
    }
  }

  // Fails without the check of the count of bytes: reading never ends.
  @Test func `cannot be told any more when somebody cuts the file`() async throws {
    try await withList(list(of: 1000)) { path in
      let breached = try BreachedPasswords(path: path, pool: pool)
      try FileHandle(forWritingTo: URL(filePath: path)).truncate(atOffset: 0)

      await #expect(throws: BreachedPasswordsError.self) {
        try await breached.contains("password 0")
      }
    }
  }
}
