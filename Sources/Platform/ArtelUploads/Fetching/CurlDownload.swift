import CCurl
import Glibc

/// One file on its way from another server to the disk.
///
/// It blocks, and one thread uses it.
///
/// Source: libcurl's easy interface, `curl_easy_perform(3)`, `CURLOPT_OPENSOCKETFUNCTION(3)`.
final class CurlDownload {
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
  private static let sniffedBytes = 1024

  private let descriptor: Int32
  private let limitBytes: Int
  private let accepts: ([UInt8]) -> Bool
  private let admits: (NetworkAddress) -> Bool
  private var start: [UInt8] = []
  private var writtenBytes = 0
  private var refusal: FetchError?

  init(
    to path: String,
    limitBytes: Int,
    accepts: @escaping ([UInt8]) -> Bool,
    admits: @escaping (NetworkAddress) -> Bool
  ) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FetchError.unreachable }
    self.limitBytes = limitBytes
    self.accepts = accepts
    self.admits = admits
  }

  deinit {
    close(descriptor)
  }

  /// Fetches it; its length in bytes.
  func run(_ address: String, limit: Duration) throws -> Int {
    guard Self.isReady, let handle = curl_easy_init() else { throw FetchError.unreachable }
    defer { curl_easy_cleanup(handle) }
    let context = Unmanaged.passUnretained(self).toOpaque()
    let milliseconds = Int(limit / .milliseconds(1))
    let codes = [
      artel_curl_set_text(handle, CURLOPT_URL, address),
      artel_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
      artel_curl_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https"),
      artel_curl_set_number(handle, CURLOPT_FOLLOWLOCATION, 1),
      artel_curl_set_number(handle, CURLOPT_MAXREDIRS, 3),
      artel_curl_set_number(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1),
      artel_curl_set_number(handle, CURLOPT_FAILONERROR, 1),
      artel_curl_set_number(handle, CURLOPT_TIMEOUT_MS, milliseconds),
      artel_curl_set_number(handle, CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, 10_000)),
      // Signals belong to the process, not to one of its threads.
      artel_curl_set_number(handle, CURLOPT_NOSIGNAL, 1),
      // A proxy of the environment would be asked instead of the address that is looked at.
      artel_curl_set_text(handle, CURLOPT_PROXY, ""),
      artel_curl_set_text(handle, CURLOPT_USERAGENT, "Artel"),
      artel_curl_set_mover(handle, CURLOPT_WRITEFUNCTION, take, CURLOPT_WRITEDATA, context),
      artel_curl_set_opener(handle, openSocket, context),
    ]
    guard codes.allSatisfy({ $0 == CURLE_OK }) else { throw FetchError.unreachable }
    let code = curl_easy_perform(handle)
    if let refusal { throw refusal }
    guard code == CURLE_OK else {
      throw code == CURLE_OPERATION_TIMEDOUT ? FetchError.tooSlow : FetchError.unreachable
    }
    // A file may be shorter than what is looked at.
    guard writtenBytes >= Self.sniffedBytes || accepts(start) else { throw FetchError.type }
    guard fsync(descriptor) == 0 else { throw FetchError.unreachable }
    return writtenBytes
  }

  /// Takes the next bytes; false ends the transfer.
  fileprivate func add(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= limitBytes - writtenBytes else { return refuse(.tooLarge) }
    if start.count < Self.sniffedBytes {
      start += bytes.prefix(Self.sniffedBytes - start.count)
      if start.count == Self.sniffedBytes, !accepts(start) { return refuse(.type) }
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return false
      }
    }
    writtenBytes += bytes.count
    return true
  }

  /// A socket for a connection that may be opened; nil for any other.
  ///
  /// An address of IPv6 is longer than the member that it begins in, so it is read where it stands.
  fileprivate func socket(to address: UnsafePointer<curl_sockaddr>) -> Int32? {
    let (family, kind) = (address.pointee.family, address.pointee.socktype)
    guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr),
      let target = NetworkAddress(UnsafeRawPointer(address) + offset, family: family),
      admits(target)
    else { return nil }
    return Glibc.socket(family, kind | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
  }

  private func refuse(_ reason: FetchError) -> Bool {
    refusal = reason
    return false
  }
}

private func take(
  _ buffer: UnsafeMutablePointer<CChar>?,
  _ size: Int,
  _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let buffer, let context else { return 0 }
  let download = Unmanaged<CurlDownload>.fromOpaque(context).takeUnretainedValue()
  let bytes = UnsafeRawBufferPointer(start: buffer, count: size * count)
  return download.add(bytes) ? size * count : 0
}

private func openSocket(
  _ context: UnsafeMutableRawPointer?,
  _ purpose: curlsocktype,
  _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let context, let address, purpose == CURLSOCKTYPE_IPCXN else { return -1 }
  let download = Unmanaged<CurlDownload>.fromOpaque(context).takeUnretainedValue()
  return download.socket(to: address) ?? -1
}
