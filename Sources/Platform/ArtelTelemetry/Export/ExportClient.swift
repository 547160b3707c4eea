import ArtelConcurrency
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Posts to receivers of telemetry, which may be slow, down, or answer anything.
///
/// Follows no redirect, keeps nothing of what they answer but status and `Retry-After`.
final class ExportClient: Sendable {
  private enum State {
    case unused
    case open(HTTPClient)
    case closed
  }

  /// Made with the first delivery: a client that was made has to be shut down.
  private let state = Mutex(State.unused)
  private let limit: Duration

  /// - Parameter limit: How long one delivery may take, from connecting to the end of the answer.
  init(limit: Duration = .seconds(10)) {
    self.limit = limit
  }

  private func client() -> HTTPClient? {
    state.withLock { state in
      switch state {
      case .open(let client): return client
      case .closed: return nil
      case .unused:
        let client = Self.makeClient()
        state = .open(client)
        return client
      }
    }
  }

  private static func makeClient() -> HTTPClient {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .seconds(3), read: .seconds(5), write: .seconds(5))
    )
    // A receiver gets what it can take one after the other, not a connection for each batch.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 2
    return HTTPClient(
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
      configuration: configuration
    )
  }

  func post(_ body: [UInt8], to address: String, headers: [(String, String)]) async -> Delivery {
    await withTaskGroup(of: Delivery.self) { group in
      group.addTask { await self.exchange(body, address, headers) }
      group.addTask { [limit] in
        try? await Task.sleep(for: limit)
        return .later(nil)
      }
      defer { group.cancelAll() }
      return await group.next() ?? .later(nil)
    }
  }

  private func exchange(
    _ body: [UInt8],
    _ address: String,
    _ headers: [(String, String)]
  ) async -> Delivery {
    guard let client = client() else { return .refused }
    var request = HTTPClientRequest(url: address)
    request.method = .POST
    request.headers = HTTPHeaders(headers)
    request.body = .bytes(ByteBuffer(bytes: body))
    do {
      let response = try await client.execute(request, timeout: .seconds(10))
      // Read to keep the connection; a long answer costs the connection and no more.
      _ = try? await response.body.collect(upTo: 65_536)
      let wish = response.headers.first(name: "retry-after").flatMap { Int($0) }
      return Self.delivery(status: Int(response.status.code), retryAfter: wish)
    } catch {
      return .later(nil)
    }
  }

  /// Source: OTLP specification, OTLP/HTTP response, failures.
  static func delivery(status: Int, retryAfter: Int?) -> Delivery {
    switch status {
    case 200..<300: .delivered
    case 408, 429, 502, 503, 504: .later(retryAfter.map { .seconds(min(max(0, $0), 3600)) })
    default: .refused
    }
  }

  func close() async {
    let state = state.withLock { state in
      defer { state = .closed }
      return state
    }
    if case .open(let client) = state { try? await client.shutdown() }
  }
}
