public import ArtelConcurrency
import CCurl
public import FoundationEssentials

/// The mail server that takes what Artel sends: SMTP with libcurl, on threads of its own.
///
/// Encryption is required, by STARTTLS (`smtp://`) or from the first byte (`smtps://`), and the
/// certificate is checked. Only an address that says `?tls=none` goes without, and then without a
/// password.
///
/// Source: RFC 5321, RFC 3207, RFC 8314; libcurl.
public struct MailServer: Sendable {
  /// How the connection is protected.
  enum Protection: Sendable, Equatable {
    case startTLS
    case fromTheStart
    case nothing
  }

  /// Its name or address.
  public let host: String
  /// Where it listens there.
  public let port: Int
  let user: String?
  let protection: Protection
  /// The password of the user; never shown.
  var password: String?
  /// A file of PEM certificates to trust instead of the system's; nil, the default, for those.
  public var trustedCertificates: String?
  /// How long one mail may take, from the name look-up to the last answer; default 30 seconds.
  public var limit = Duration.seconds(30)

  /// Reads an address such as `smtp://user@mail.example.org:587` or `smtps://mail.example.org`.
  ///
  /// The port is 587 for `smtp` and 465 for `smtps` unless it is named. `%40` stands for an `@` in the
  /// user's name.
  ///
  /// - Throws: ``DeliveryError`` of code `malformed`: another scheme, no host, a path, a password in the
  ///   address, another query than `tls=none`, or a user without encryption.
  public init(_ address: String, password: String? = nil) throws {
    guard let url = URLComponents(string: address), let host = url.host, !host.isEmpty,
      let scheme = url.scheme?.lowercased(), scheme == "smtp" || scheme == "smtps",
      url.path.isEmpty || url.path == "/", url.fragment == nil, url.password == nil
    else { throw DeliveryError(.malformed, "smtp:// or smtps://, a user, a host and a port") }
    self.host = host
    port = url.port ?? (scheme == "smtp" ? 587 : 465)
    user = url.user.flatMap { $0.isEmpty ? nil : $0 }
    switch (scheme, url.query) {
    case ("smtps", nil): protection = .fromTheStart
    case ("smtp", nil): protection = .startTLS
    case ("smtp", "tls=none"): protection = .nothing
    default: throw DeliveryError(.malformed, "no query but ?tls=none, after smtp:// only")
    }
    if protection == .nothing, user != nil || password != nil {
      throw DeliveryError(.malformed, "no user and no password with ?tls=none")
    }
    if (user == nil) != (password == nil) {
      throw DeliveryError(.malformed, "a user in the address and a password, or neither")
    }
    self.password = password
  }

  /// Hands a mail over; when this returns, the server has taken it.
  ///
  /// At least once: when the server's last answer is lost, this throws though it took the mail.
  ///
  /// - Throws: ``DeliveryError``, whose `isFinal` tells whether another attempt makes sense;
  ///   `BlockingPoolError`.
  public func send(_ mail: MailMessage, at date: Date, on pool: BlockingPool) async throws {
    let boundary = UUID().uuidString.lowercased()
    let source = Array(mail.source(at: date, boundary: boundary).utf8)
    try await pool.run { try deliver(source, from: mail.from, to: mail.to) }
  }

  private func deliver(_ source: [UInt8], from: MailAddress, to: MailAddress) throws {
    let exchange = try CurlExchange(limit: limit)
    let scheme = protection == .fromTheStart ? "smtps" : "smtp"
    let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    // The path is what EHLO says: the domain of the sender, not the name of this machine.
    let ehlo = from.domain.utf8.allSatisfy { $0 < 0x80 } ? from.domain : "localhost"
    exchange.set(CURLOPT_URL, "\(scheme)://\(name):\(port)/\(ehlo)")
    exchange.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    exchange.set(CURLOPT_MAIL_FROM, "<\(from.text)>")
    exchange.set(CURLOPT_MAIL_RCPT, ["<\(to.text)>"])
    exchange.set(CURLOPT_UPLOAD, 1)
    switch protection {
    case .startTLS, .fromTheStart: exchange.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
    case .nothing: exchange.set(CURLOPT_USE_SSL, Int(CURLUSESSL_NONE.rawValue))
    }
    if let user, let password {
      exchange.set(CURLOPT_USERNAME, user)
      exchange.set(CURLOPT_PASSWORD, password)
    }
    if let trustedCertificates { exchange.set(CURLOPT_CAINFO, trustedCertificates) }
    let outcome = try exchange.perform(sending: source)
    if let failure = Self.failure(outcome) { throw failure }
  }

  /// What an ending means; nil when the server took the mail.
  ///
  /// A status of 5xx is final only where it speaks of this mail: to its sender and recipient, or after
  /// its text. In a greeting it speaks of the server, which may be better tomorrow.
  static func failure(_ outcome: CurlExchange.Outcome) -> DeliveryError? {
    if outcome.code == CURLE_OK { return nil }
    if let failure = outcome.failureToTalk { return failure }
    let isAboutMail = outcome.code == CURLE_SEND_ERROR || outcome.uploadedBytes > 0
    switch outcome.status {
    case 500...599 where isAboutMail:
      return DeliveryError(.refused, "the server refuses the mail with \(outcome.status)")
    case 400...599:
      return DeliveryError(.postponed, "the server cannot take the mail now: \(outcome.status)")
    default:
      break
    }
    switch outcome.code {
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING:
      return DeliveryError(.unreachable, "the connection to the server broke off")
    default:
      let number = outcome.code.rawValue
      return DeliveryError(.nonsense, "the server makes no sense (libcurl \(number))")
    }
  }
}

extension MailServer: CustomStringConvertible, CustomReflectable {
  /// Without the password, so that no log shows it.
  public var description: String { "MailServer(\(host):\(port))" }
  /// Nothing, so that no dump shows the password.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
