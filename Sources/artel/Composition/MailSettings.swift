import Accounts
import ArtelConcurrency
import ArtelMail
import ArtelTelemetry
import ArtelWeb
import Foundation

/// What the operator decides about mails and text messages.
struct MailSettings: Sendable {
  /// The mail server; nil keeps mails for the administrator to read.
  var server: MailServer?

  /// Whom mails come from; default `artel@localhost`, which no server would take.
  var sender: MailAddress

  /// The service for text messages; nil keeps them for the administrator to read.
  var gateway: TextGateway?

  /// The mail server as it was named, which is no place for a password; nil without one.
  private(set) var address: String?

  /// Whether there is a password for the mail server.
  private(set) var hasPassword = false

  /// Whether the service for text messages gets a body of the operator's own.
  private(set) var hasBody = false

  /// Whether there is a token for the service for text messages.
  private(set) var hasToken = false

  /// Reads the environment.
  ///
  /// - Parameters:
  ///   - environment: The variables.
  ///   - publicURL: What links begin with; mails that leave need one.
  /// - Throws: ``Settings/Invalid`` for the first setting that cannot be used.
  init(environment: [String: String], publicURL: String?) throws {
    sender = try MailAddress("artel@localhost")
    try readServer(environment, publicURL: publicURL)
    try readGateway(environment)
  }

  private mutating func readServer(_ environment: [String: String], publicURL: String?) throws {
    let value = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let text = value("ARTEL_MAIL_FROM") {
      sender = try MailSettings.setting("ARTEL_MAIL_FROM") { try MailAddress(parsing: text) }
    }
    let password = try Settings.secret(
      "ARTEL_MAIL_PASSWORD",
      "ARTEL_MAIL_PASSWORD_FILE",
      environment
    )
    hasPassword = password != nil
    guard let address = value("ARTEL_MAIL_URL") else {
      guard password == nil else {
        throw Settings.Invalid(
          name: "ARTEL_MAIL_PASSWORD_FILE",
          allowed: "only together with ARTEL_MAIL_URL"
        )
      }
      return
    }
    guard value("ARTEL_MAIL_FROM") != nil else {
      throw Settings.Invalid(
        name: "ARTEL_MAIL_FROM",
        allowed: "an address such as Artel <post@example.org>, as ARTEL_MAIL_URL is set"
      )
    }
    guard publicURL != nil else {
      throw Settings.Invalid(
        name: "ARTEL_URL",
        allowed: "the public address, as ARTEL_MAIL_URL is set: links in mails begin with it"
      )
    }
    server = try MailSettings.setting("ARTEL_MAIL_URL") {
      try MailServer(address, password: password)
    }
    self.address = address
    if let file = value("ARTEL_MAIL_CA_FILE") {
      guard FileManager.default.isReadableFile(atPath: file) else {
        throw Settings.Invalid(name: "ARTEL_MAIL_CA_FILE", allowed: "a file that can be read")
      }
      server?.trustedCertificates = file
    }
  }

  private mutating func readGateway(_ environment: [String: String]) throws {
    let value = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let token = try Settings.secret("ARTEL_SMS_TOKEN", "ARTEL_SMS_TOKEN_FILE", environment)
    hasToken = token != nil
    hasBody = value("ARTEL_SMS_BODY") != nil
    guard let url = value("ARTEL_SMS_URL") else {
      guard token == nil else {
        throw Settings.Invalid(
          name: "ARTEL_SMS_TOKEN_FILE",
          allowed: "only together with ARTEL_SMS_URL"
        )
      }
      return
    }
    let body = value("ARTEL_SMS_BODY") ?? TextGateway.standardBody
    gateway = try MailSettings.setting("ARTEL_SMS_URL, ARTEL_SMS_BODY or ARTEL_SMS_TOKEN_FILE") {
      try TextGateway(url, body: body, token: token)
    }
  }

  private static func setting<Value>(_ name: String, _ read: () throws -> Value) throws -> Value {
    do {
      return try read()
    } catch let error as DeliveryError {
      throw Settings.Invalid(name: name, allowed: error.description)
    }
  }
}

extension Settings {
  /// How letters leave: by the servers that are set up, on threads of `pool`, each in a span of its own.
  func correspondence(
    _ share: Share,
    on pool: BlockingPool,
    _ tracer: Tracer
  ) -> Correspondence {
    var correspondence = Correspondence(
      from: mail.sender,
      siteURL: address(port: port)
    ) { key, values, language in
      share.strings.text(key, in: language, values)
    }
    if let server = mail.server {
      correspondence.mail = { mail, date in
        try await tracer.span("SMTP", .client) {
          Span.current?.set("server.address", .text(server.host))
          Span.current?.set("server.port", .number(server.port))
          try await server.send(mail, at: date, on: pool)
        }
      }
    }
    if let gateway = mail.gateway {
      correspondence.text = { text, number, identity in
        // The address may hold a key, and is left out.
        try await tracer.span("POST", .client) {
          Span.current?.set("http.request.method", .text("POST"))
          try await gateway.send(text, to: number, identity: identity, on: pool)
        }
      }
    }
    return correspondence
  }
}
