public import ArtelConcurrency
import CCurl
import FoundationEssentials

/// The service that sends text messages to telephones: an HTTP address that takes JSON.
///
/// Each message is one `POST`, with the token as `Authorization: Bearer`, and an `Idempotency-Key`
/// that is the same for each attempt at the same message. Redirects are not followed.
public struct TextGateway: Sendable {
  /// The body unless another one is configured.
  public static let standardBody = #"{"to": "{number}", "text": "{text}"}"#

  let url: String
  let body: String
  let token: String?
  /// How long one message may take; default 15 seconds.
  public var limit = Duration.seconds(15)

  /// Describes a service.
  ///
  /// - Parameters:
  ///   - url: Over https; over http on this machine, or without a token.
  ///   - body: JSON in which `{number}` and `{text}` stand inside of strings.
  ///   - token: The secret that the service knows its caller by; nil for none.
  /// - Throws: ``DeliveryError`` of code `malformed`, whose description tells what is allowed.
  public init(_ url: String, body: String = TextGateway.standardBody, token: String?) throws {
    guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty,
      parts.scheme == "https" || parts.scheme == "http", parts.user == nil, parts.password == nil
    else { throw DeliveryError(.malformed, "an https:// address without a password") }
    let isHere = ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
    guard parts.scheme == "https" || isHere || token == nil else {
      throw DeliveryError(.malformed, "https://, as a token goes with it")
    }
    guard token?.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) ?? true else {
      throw DeliveryError(.malformed, "a token of visible ASCII characters")
    }
    self.url = url
    self.body = body
    self.token = token
    // Inside of a string a quotation mark is escaped, elsewhere it breaks the JSON.
    let sample = filled(number: "\"", text: "\"")
    guard body.contains("{number}"), body.contains("{text}"),
      (try? JSONDecoder().decode(AnyJSON.self, from: Data(sample.utf8))) != nil
    else {
      throw DeliveryError(.malformed, "JSON with {number} and {text} inside of strings")
    }
  }

  /// Hands a message over; when this returns, the service has taken it.
  ///
  /// - Parameters:
  ///   - text: What it says.
  ///   - number: In E.164 form, such as `+79991234567`.
  ///   - identity: The same for each attempt at the same message: ASCII letters, digits and `-`.
  ///   - pool: Where libcurl waits.
  /// - Throws: ``DeliveryError``; `BlockingPoolError`.
  public func send(
    _ text: String,
    to number: String,
    identity: String,
    on pool: BlockingPool
  ) async throws {
    let body = Array(filled(number: number, text: text).utf8)
    try await pool.run { try deliver(body, identity: identity) }
  }

  private func deliver(_ body: [UInt8], identity: String) throws {
    let exchange = try CurlExchange(limit: limit)
    exchange.set(CURLOPT_URL, url)
    exchange.set(CURLOPT_PROTOCOLS_STR, "http,https")
    exchange.set(CURLOPT_POST, 1)
    exchange.set(CURLOPT_POSTFIELDSIZE, body.count)
    // An empty Expect: the body is small, so nobody has to be asked before it is sent.
    var headers = ["Content-Type: application/json", "Expect:", "Idempotency-Key: \(identity)"]
    if let token { headers.append("Authorization: Bearer \(token)") }
    exchange.set(CURLOPT_HTTPHEADER, headers)
    let outcome = try exchange.perform(sending: body)
    if let failure = Self.failure(outcome) { throw failure }
  }

  /// What an ending means; nil when the service took the message.
  static func failure(_ outcome: CurlExchange.Outcome) -> DeliveryError? {
    if let failure = outcome.failureToTalk { return failure }
    switch (outcome.code, outcome.status) {
    case (CURLE_OK, 200...299): return nil
    case (CURLE_OK, 401), (CURLE_OK, 403):
      return DeliveryError(.signInRefused, "the service did not accept the token")
    case (CURLE_OK, 408), (CURLE_OK, 425), (CURLE_OK, 429), (CURLE_OK, 500...599):
      return DeliveryError(.postponed, "the service cannot take it now: \(outcome.status)")
    case (CURLE_OK, 400...499):
      return DeliveryError(.refused, "the service refuses it with \(outcome.status)")
    case (CURLE_OK, _):
      return DeliveryError(.nonsense, "the service answers \(outcome.status)")
    case (CURLE_SEND_ERROR, _), (CURLE_RECV_ERROR, _), (CURLE_GOT_NOTHING, _):
      return DeliveryError(.unreachable, "the connection to the service broke off")
    default:
      let number = outcome.code.rawValue
      return DeliveryError(.nonsense, "the service makes no sense (libcurl \(number))")
    }
  }

  private func filled(number: String, text: String) -> String {
    // One pass: a text that itself says {number} is left as it is.
    body.split(separator: "{text}", omittingEmptySubsequences: false)
      .map { $0.replacing("{number}", with: Self.escaped(number)) }
      .joined(separator: Self.escaped(text))
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension TextGateway: CustomStringConvertible, CustomReflectable {
  /// Without the token, so that no log shows it.
  public var description: String { "TextGateway" }
  /// Nothing, so that no dump shows the token.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Any JSON value: decodes when it is one.
private struct AnyJSON: Decodable {
  init(from decoder: any Decoder) throws {}
}
