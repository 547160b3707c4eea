import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import Foundation

@testable import Accounts

extension Act {
  /// What tests record.
  static let easelPainted = Act("easel.painted")
}

extension TestAccounts {
  /// Records that an easel was painted, in a transaction of its own.
  func record(
    by actor: MemberID? = nil,
    about subject: MemberID? = nil,
    from origin: SessionOrigin? = SessionOrigin(userAgent: "tests", address: "192.0.2.1"),
    details: [String: String] = [:]
  ) async throws {
    try await db.database.transaction { tx in
      tx.record(
        .easelPainted,
        by: actor,
        about: subject,
        from: origin,
        details: details,
        at: clock.now
      )
    }
  }

  /// The whole system log, oldest first.
  func log() async throws -> [SystemLogEntry] {
    try await SystemLogEntry.order { $0.position.ascending }.all(in: db)
  }

  /// What happened, oldest first.
  func acts() async throws -> [String] {
    try await log().map(\.act)
  }
}

extension Accounts {
  /// Makes the member with this username an administrator, as the operator does.
  func promote(username: String) async throws {
    guard let id = try await memberID(login: username) else { throw Problem.notFound }
    try await give(.administrator, to: id, by: .operatorOfServer)
  }
}

extension Requester {
  /// A member in a browser.
  init(_ member: Member) {
    self.init(member.id, userAgent: "tests", address: "192.0.2.7")
  }
}
