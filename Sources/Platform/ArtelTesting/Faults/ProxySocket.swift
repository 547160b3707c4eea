import Glibc

/// The system calls of a ``FaultyProxy``.
enum ProxySocket {
  /// A socket that listens at 127.0.0.1 on a port the system chose.
  static func listening() throws -> (socket: Int32, port: UInt16) {
    for _ in 0..<20 {
      // A port asked for by number stays the socket's own while it does not listen; one that the
      // system chose in bind(2) would be given away then.
      guard let chosen = bound(to: 0) else { break }
      close(chosen.socket)
      guard let (listener, port) = bound(to: chosen.port) else { continue }
      if listen(listener, 128) == 0 {
        makeNonBlocking(listener)
        return (listener, port)
      }
      close(listener)
    }
    throw FaultError("a proxy cannot listen at 127.0.0.1: \(String(cString: strerror(errno)))")
  }

  private static func bound(to port: UInt16) -> (socket: Int32, port: UInt16)? {
    let unbound = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    // To listen again after refusing, although connections that were accepted here are not over.
    var isReused: Int32 = 1
    setsockopt(unbound, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(4))
    var address = loopback(port: port)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(unbound, address, length) == 0 && getsockname(unbound, address, &length) == 0
      }
    }
    guard isBound else {
      close(unbound)
      return nil
    }
    return (unbound, UInt16(bigEndian: address.sin_port))
  }

  /// A connection to the server, or nil when it refuses.
  static func connected(to upstream: FaultyProxy.Upstream) -> Int32? {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let server: Int32
    let isConnected: Bool
    switch upstream {
    case .unix(let path):
      guard var address = unix(path) else { return nil }
      server = socket(AF_UNIX, type, 0)
      isConnected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
      }
    case .tcp(let port):
      var address = loopback(port: port)
      server = socket(AF_INET, type, 0)
      isConnected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
    }
    if !isConnected { close(server) }
    return isConnected ? server : nil
  }

  static func makeNonBlocking(_ socket: Int32) {
    _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
  }

  /// Sends small pieces at once; unix sockets do so anyway.
  static func makePrompt(_ socket: Int32) {
    var option: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &option, socklen_t(4))
  }

  /// Closes a socket so that the other end is told that the connection broke, not that it ended.
  static func reset(_ socket: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close(socket)
  }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = port.bigEndian
    return address
  }

  /// Nil when the path is longer than the kernel takes.
  private static func unix(_ path: String) -> sockaddr_un? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let isShort = withUnsafeMutableBytes(of: &address.sun_path) { place in
      guard bytes.count < place.count else { return false }
      place.copyBytes(from: bytes)
      return true
    }
    return isShort ? address : nil
  }
}
