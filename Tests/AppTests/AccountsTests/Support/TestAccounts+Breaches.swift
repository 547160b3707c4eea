import ArtelTesting
import Crypto
import Foundation

@testable import Accounts

extension TestAccounts {
  /// Runs a test with a list of passwords that are known from breaches.
  static func withBreachedPasswords(
    _ passwords: [String],
    _ body: (URL) async throws -> Void
  ) async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "breached-\(UUID())")
    let lines = passwords.map { password in
      let digest = Insecure.SHA1.hash(data: Data(password.utf8))
      return digest.map { String(format: "%02X", $0) }.joined() + ":7\r\n"
    }
    try Data(lines.sorted().joined().utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try await body(file)
  }

  /// Runs a test on a site where Ada has been a member for longer than there is a list, which has her
  /// password.
  static func withAda(
    breached passwords: [String] = [Cast.ada.password],
    hasPages: Bool = false,
    _ body: (TestAccounts, Member, URL) async throws -> Void
  ) async throws {
    try await withBreachedPasswords(passwords) { file in
      let before = try await TestAccounts.make()
      let ada = try await before.member(Cast.ada)
      try await before.verify(ada)
      let site = try await before.another(hasPages: hasPages, breachedPasswords: file.path)
      try await body(site, ada, file)
    }
  }
}
