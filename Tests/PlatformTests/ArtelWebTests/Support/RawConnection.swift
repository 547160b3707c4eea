import ArtelConcurrency
import Glibc

/// A connection that sends bytes as they are, also wrong ones.
enum RawConnection {
  struct Refused: Error {}

  /// Sends a text and returns all that comes back until the server closes the connection.
  static func exchange(_ text: String, port: Int) async throws -> String {
    try await BlockingPool(name: "raw", threads: 1).run {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port).bigEndian
      address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
      let isConnected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      guard isConnected, write(descriptor, text, text.utf8.count) == text.utf8.count else {
        throw Refused()
      }
      var received: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
        received.append(contentsOf: buffer[..<count])
      }
      return String(decoding: received, as: UTF8.self)
    }
  }
}
