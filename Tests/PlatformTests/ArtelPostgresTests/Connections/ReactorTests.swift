import ArtelTesting
import Glibc
import Synchronization
import Testing

@testable import ArtelPostgres

@Suite("The reactor")
struct ReactorTests {
  private final class Listening: Reactor.Handler {
    let calls = Atomic(0)

    func socketIsReady(readable: Bool, writable: Bool) {
      calls.add(1, ordering: .relaxed)
    }
  }

  @Test func `tells a new socket apart from a closed one with the same number`() async throws {
    let reactor = Reactor()
    defer { reactor.stop() }
    let (number, peer) = try socketPair()
    let lost = Listening()
    reactor.register(lost, socket: number)
    let (fresh, freshPeer) = try socketPair()
    // The number goes from one to the other in one step, so that no other test gets hold of it.
    dup2(fresh, number)
    close(fresh)
    close(peer)
    let next = Listening()
    reactor.register(next, socket: number)

    reactor.watch(.nothing, of: lost, socket: number)
    reactor.unregister(lost, socket: number)

    close(freshPeer)
    try await eventually("the new one hears of its socket") {
      next.calls.load(ordering: .relaxed) > 0
    }
    reactor.unregister(next, socket: number)
    close(number)
  }

  @Test func `calls whoever is summoned, though nothing came for it`() async throws {
    let reactor = Reactor()
    defer { reactor.stop() }
    let handler = Listening()

    reactor.summon(handler)

    try await eventually("it was called") { handler.calls.load(ordering: .relaxed) == 1 }
  }
}
