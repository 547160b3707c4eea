import CCurl
import Glibc

/// One exchange of libcurl: options, what is sent, what came back.
///
/// It blocks, and one thread uses it.
///
/// Source: libcurl's easy interface, `curl_easy_perform(3)`.
final class CurlExchange {
  /// How an exchange ended.
  struct Outcome: Sendable {
    let code: CURLcode
    /// The last status of the other side, of SMTP or HTTP; 0 when there was none.
    let status: Int
    /// How much of the body was sent.
    let uploadedBytes: Int
  }

  private let handle: UnsafeMutableRawPointer
  private var lists: [UnsafeMutablePointer<curl_slist>] = []
  private var refusal: CURLcode?

  /// Set up once for the process, before any other call.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

  /// - Throws: ``DeliveryError`` when libcurl has no memory.
  init(limit: Duration) throws {
    guard Self.isReady, let handle = curl_easy_init() else {
      throw DeliveryError(.unreachable, "libcurl does not start")
    }
    self.handle = handle
    let milliseconds = Int(limit / .milliseconds(1))
    set(CURLOPT_TIMEOUT_MS, milliseconds)
    set(CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 10_000))
    // Signals belong to the process, not to one of its threads.
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_FOLLOWLOCATION, 0)
    // A `.netrc` or a proxy of the environment would send secrets where no setting says so.
    set(CURLOPT_PROXY, "")
  }

  deinit {
    curl_easy_cleanup(handle)
    for list in lists { curl_slist_free_all(list) }
  }

  func set(_ option: CURLoption, _ number: Int) {
    note(artel_curl_set_number(handle, option, number))
  }

  func set(_ option: CURLoption, _ text: String) {
    note(artel_curl_set_text(handle, option, text))
  }

  func set(_ option: CURLoption, _ texts: [String]) {
    var list: UnsafeMutablePointer<curl_slist>?
    for text in texts {
      guard let longer = curl_slist_append(list, text) else {
        if let list { lists.append(list) }
        note(CURLE_OUT_OF_MEMORY)
        return
      }
      list = longer
    }
    if let list { lists.append(list) }
    note(artel_curl_set_list(handle, option, list))
  }

  /// Performs it: sends `body`, and drops whatever is answered.
  ///
  /// - Throws: ``DeliveryError`` of code `malformed` when an option was not taken.
  func perform(sending body: [UInt8]) throws -> Outcome {
    var sent = SentBody(bytes: body)
    let code = withUnsafeMutablePointer(to: &sent) { sent in
      note(
        artel_curl_set_mover(handle, CURLOPT_READFUNCTION, give, CURLOPT_READDATA, sent)
      )
      note(
        artel_curl_set_mover(handle, CURLOPT_WRITEFUNCTION, drop, CURLOPT_WRITEDATA, nil)
      )
      return refusal == nil ? curl_easy_perform(handle) : CURLE_BAD_FUNCTION_ARGUMENT
    }
    if let refusal {
      throw DeliveryError(.malformed, "libcurl refuses an option with code \(refusal.rawValue)")
    }
    return Outcome(
      code: code,
      status: artel_curl_status(handle),
      uploadedBytes: Int(artel_curl_uploaded_bytes(handle))
    )
  }

  private func note(_ code: CURLcode) {
    if code != CURLE_OK, refusal == nil { refusal = code }
  }
}

extension CurlExchange.Outcome {
  /// Why there was no conversation at all; nil when there was one.
  var failureToTalk: DeliveryError? {
    switch code {
    case CURLE_OPERATION_TIMEDOUT:
      DeliveryError(.tooSlow, "the server took too long")
    case CURLE_USE_SSL_FAILED:
      DeliveryError(.insecure, "the server offers no STARTTLS")
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CONNECT_ERROR,
      CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
      DeliveryError(.insecure, "no trusted connection came about (TLS, libcurl \(code.rawValue))")
    case CURLE_LOGIN_DENIED:
      DeliveryError(.signInRefused, "the server did not accept name and password")
    case CURLE_COULDNT_RESOLVE_HOST:
      DeliveryError(.unreachable, "the server's name is not known")
    case CURLE_COULDNT_CONNECT:
      DeliveryError(.unreachable, "nobody answers at the server's address")
    default: nil
    }
  }
}

/// What is left to be sent.
private struct SentBody {
  let bytes: [UInt8]
  var position = 0
}

private func give(
  _ buffer: UnsafeMutablePointer<CChar>?,
  _ size: Int,
  _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let buffer, let sent = context?.assumingMemoryBound(to: SentBody.self) else { return 0 }
  let part = min(size * count, sent.pointee.bytes.count - sent.pointee.position)
  sent.pointee.bytes.withUnsafeBytes { bytes in
    guard let start = bytes.baseAddress, part > 0 else { return }
    memcpy(buffer, start + sent.pointee.position, part)
  }
  sent.pointee.position += part
  return part
}

private func drop(
  _ buffer: UnsafeMutablePointer<CChar>?,
  _ size: Int,
  _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  size * count
}
