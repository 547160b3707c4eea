import ArtelJobs
import ArtelMail
import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Synchronization
import Testing

@testable import Accounts

/// What left the installation.
final class SentLetters: Sendable {
  struct Mail: Sendable {
    let to: String
    let subject: String
    let text: String
    let html: String
  }

  struct Text: Sendable {
    let to: String
    let text: String
  }

  private let mailList = Mutex<[Mail]>([])
  private let textList = Mutex<[Text]>([])

  var mails: [Mail] { mailList.withLock { $0 } }
  var texts: [Text] { textList.withLock { $0 } }

  /// The mails of a kind, by the key of their subject.
  func mails(_ kind: String) -> [Mail] { mails.filter { $0.subject.hasPrefix("letters.\(kind).") } }

  /// Letters that come here, in words that tell their key and values.
  func correspondence(siteURL: String = "https://artel.example") throws -> Correspondence {
    var correspondence = Correspondence(
      from: try MailAddress("post@artel.example"),
      siteURL: siteURL
    ) { key, values, language in
      let facts = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      return "\(key) \(language.rawValue) " + facts.joined(separator: " ")
    }
    correspondence.mail = { [self] mail, _ in
      mailList.withLock {
        $0.append(
          Mail(to: mail.to.text, subject: mail.subject, text: mail.text, html: mail.html ?? "")
        )
      }
    }
    correspondence.text = { [self] text, number, _ in
      textList.withLock { $0.append(Text(to: number, text: text)) }
    }
    return correspondence
  }
}

extension SentLetters.Mail {
  /// The token of the link in it.
  var token: String {
    text.firstMatch(of: /token=([A-Za-z0-9_\-]+)/).map { String($0.1) } ?? ""
  }
}

extension SentLetters.Text {
  /// The code in it.
  var code: String { text.firstMatch(of: /code=([0-9]{6})/).map { String($0.1) } ?? "" }
}

extension TestAccounts {
  /// Proves a member's mail address, as a followed link does.
  func verify(_ member: Member) async throws {
    let now = clock.now
    try await Member.update { $0.emailVerifiedAt = now }.where { $0.id == member.id }.run(in: db)
  }

  /// Sends what waits to be sent.
  func deliver() async throws {
    let runner = JobRunner(
      db: db.database,
      handlers: accounts.jobHandlers,
      logger: accounts.logger
    )
    try await runner.drain()
  }

  /// The member as stored now.
  func stored(_ member: Member) async throws -> Member { try await Member.find(member.id, in: db) }

  /// Asks for a link for a new password, and returns its token.
  func resetToken(for person: CastMember, _ client: any TestClientProtocol) async throws -> String {
    let answer = try await client.send(.post, "/api/password-resets", ["email": person.email])
    #expect(answer.status == .noContent)
    try await deliver()
    return try #require(sent.mails("password.reset").last?.token)
  }

  /// Asks for a code, and returns its id and what came to the number.
  func code(
    for phone: String,
    _ client: any TestClientProtocol,
    _ more: [String: String] = [:]
  ) async throws -> (id: String, code: String) {
    let fields = ["phone": phone].merging(more) { $1 }
    let answer = try await client.send(.post, "/api/phone-codes", fields)
    #expect(answer.status == .created)
    try await deliver()
    return (try #require(answer.json("id")), try #require(sent.texts.last?.code))
  }
}
