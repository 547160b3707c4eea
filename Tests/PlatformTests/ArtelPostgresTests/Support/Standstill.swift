import ArtelTesting
import Dispatch
import Glibc
import Synchronization

@testable import ArtelPostgres

/// A reactor that does nothing until it is let go, as when the machine has no time for its thread.
final class Standstill: Reactor.Handler {
  private let reactor: Reactor
  private let sockets: (read: Int32, write: Int32)
  private let gate = DispatchSemaphore(value: 0)
  private let stands = Atomic(false)

  /// Returns once the reactor stands.
  init(of reactor: Reactor) async throws {
    self.reactor = reactor
    sockets = try socketPair()
    reactor.register(self, socket: sockets.read)
    close(sockets.write)
    try await eventually("the reactor stands") { stands.load(ordering: .acquiring) }
  }

  deinit {
    close(sockets.read)
  }

  func socketIsReady(readable: Bool, writable: Bool) {
    stands.store(true, ordering: .releasing)
    gate.wait()
    reactor.unregister(self, socket: sockets.read)
  }

  /// Lets the reactor go on.
  func end() {
    gate.signal()
  }
}

struct NoSockets: Error {
  let errno: Int32
}

/// Two sockets that are connected to each other.
func socketPair() throws -> (Int32, Int32) {
  var pair: [Int32] = [0, 0]
  guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0
  else { throw NoSockets(errno: errno) }
  return (pair[0], pair[1])
}
