import ArtelConcurrency
import Glibc

/// A connection that sends bytes as they are, also wrong ones, at any pace.
///
/// Its calls run on a thread of their own; a server that never answers and never closes fails the
/// test after a minute instead of holding it up.
final class RawConnection: Sendable {
  struct Refused: Error {}
  /// Neither an answer nor an end within a minute.
  struct Silence: Error {}

  private let descriptor: Int32
  private let pool = BlockingPool(name: "raw", threads: 1)

  init(port: Int) async throws {
    descriptor = try await pool.run {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port).bigEndian
      address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
      let isConnected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      guard isConnected else {
        close(descriptor)
        throw Refused()
      }
      return descriptor
    }
  }

  deinit {
    close(descriptor)
  }

  /// Sends all bytes; throws when the server has closed the connection.
  func send(_ bytes: [UInt8]) async throws {
    try await pool.run { [descriptor] in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { throw Refused() }
        rest = rest.dropFirst(count)
      }
    }
  }

  func send(_ text: String) async throws {
    try await send(Array(text.utf8))
  }

  /// Says that nothing more will be sent; answers can still come.
  func finishSending() {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// Whether the server answers or closes within a time; the connection's own pace of sending.
  func isAnswered(within milliseconds: Int32) async throws -> Bool {
    try await pool.run { [descriptor] in
      var wish = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      return poll(&wish, 1, milliseconds) > 0
    }
  }

  /// All that comes until the server closes the connection, or until it is complete.
  func receive(
    until isComplete: @escaping @Sendable (String) -> Bool = { _ in false }
  ) async throws -> String {
    try await pool.run { [descriptor] in
      var received: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        var wish = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wish, 1, 60_000) > 0 else { throw Silence() }
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return String(decoding: received, as: UTF8.self) }
        received.append(contentsOf: buffer[..<count])
        let text = String(decoding: received, as: UTF8.self)
        if isComplete(text) { return text }
      }
    }
  }

  /// Sends a text and returns all that comes back until the server closes the connection.
  static func exchange(_ text: String, port: Int) async throws -> String {
    try await exchange(Array(text.utf8), port: port)
  }

  static func exchange(_ bytes: [UInt8], port: Int) async throws -> String {
    let connection = try await RawConnection(port: port)
    try await connection.send(bytes)
    return try await connection.receive()
  }
}
