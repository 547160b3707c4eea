import ArtelConcurrency
import ArtelPictures
import ArtelTesting
import ArtelUploads
import ArtelWeb
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import Gallery

/// Another server, which counts who comes, with the picture at `/picture.gif` and everything that goes
/// wrong elsewhere.
private final class ElsewhereServer: Sendable {
  let visits = Mutex<[String]>([])
  /// Ends the answers that say nothing more.
  let ended = AsyncStream<Void>.makeStream()

  func application() -> some ApplicationProtocol {
    let router = Router()
    router.get("**") { [self] request, _ -> Response in
      visits.withLock { $0.append(request.uri.path) }
      return answer(request)
    }
    return Application(router: router)
  }

  private func answer(_ request: Request) -> Response {
    switch request.uri.path {
    case "/picture.gif": return Response(status: .ok, body: .init(byteBuffer: Self.picture))
    case "/page":
      return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "<html>")))
    case "/hop": return .redirect(to: request.uri.queryParameters.get("to") ?? "/")
    case "/loop": return .redirect(to: "/loop")
    case "/endless":
      return Response(
        status: .ok,
        body: ResponseBody { writer in
          while true { try await writer.write(Self.picture) }
        }
      )
    case "/silent":
      return Response(
        status: .ok,
        body: ResponseBody { [ended] writer in
          try await writer.write(Self.picture)
          for await _ in ended.stream {}
        }
      )
    default: return Response(status: .notFound)
    }
  }

  static let picture = ByteBuffer(bytes: Sample.gif())
}

/// Not the threads that files need, which would wait for the other server.
private let fetching = BlockingPool(name: "fetching-tests", threads: 4)

@Suite("Fetching a picture from an address", .timeLimit(.minutes(10)))
struct FetchingTests {
  private static let everywhere = FileFetcher(pool: fetching, admits: { _ in true })

  /// What `POST /api/uploads/fetched` answers for an address of the other server, and who came there.
  private func fetch(
    _ path: String,
    limits: PictureLimits = PictureLimits(),
    by fetcher: FileFetcher = everywhere
  ) async throws -> (answer: TestResponse, visits: [String], site: TestGallery) {
    let elsewhere = ElsewhereServer()
    let site = try await TestGallery.make(limits: limits, fetcher: fetcher)
    let answer = Mutex<TestResponse?>(nil)
    try await elsewhere.application().test(.live) { other in
      let port = other.port ?? 0
      try await site.serve { client in
        let url = path.hasPrefix("http") ? path : "http://127.0.0.1:\(port)\(path)"
        let json = #"{"url": "\#(url.replacing("PORT", with: "\(port)"))"}"#
        let got = try await client.send(.post, "/api/uploads/fetched", as: Cast.ada, json: json)
        answer.withLock { $0 = got }
        elsewhere.ended.continuation.finish()
      }
    }
    return (try #require(answer.withLock { $0 }), elsewhere.visits.withLock { $0 }, site)
  }

  @Test(arguments: ["/picture.gif?size=large", "/hop?to=/picture.gif"])
  func `gives an upload that is whole`(path: String) async throws {
    let (answer, _, site) = try await fetch(path)

    #expect(answer.status == .created)
    let id = try #require(answer.json["id"].text)
    #expect(answer.json["received_bytes"] == answer.json["size_bytes"])
    try await site.serve { client in
      let post = try await client.publish(upload: id)
      #expect(post.status == .created)
    }
    #expect(site.files.leftovers == [] && site.files.parts == [])
  }

  // Without the check the picture comes, as the test above has it with a fetcher that goes everywhere.
  @Test(arguments: [
    "http://127.0.0.1:PORT/picture.gif", "http://localhost:PORT/picture.gif",
    "http://127.1:PORT/picture.gif", "http://2130706433:PORT/picture.gif",
    "http://0x7f000001:PORT/picture.gif", "http://0177.0.0.1:PORT/picture.gif",
    "http://0.0.0.0:PORT/picture.gif", "http://[::1]:PORT/picture.gif",
    "http://[::ffff:127.0.0.1]:PORT/picture.gif", "http://[::127.0.0.1]:PORT/picture.gif",
    "http://[64:ff9b::7f00:1]:PORT/picture.gif",
  ])
  func `never opens a connection into this machine`(address: String) async throws {
    let (answer, visits, site) = try await fetch(address, by: FileFetcher(pool: fetching))

    #expect(answer.fieldErrors == ["url unreachable"])
    #expect(visits == [])
    #expect(site.files.leftovers == [] && site.files.parts == [])
  }

  // The name means another address when it is looked up again: what counts is where the connection goes.
  @Test func `looks at the address of every redirect anew`() async throws {
    let asked = Mutex(0)
    let first = FileFetcher(pool: fetching) { _ in
      asked.withLock { count in
        count += 1
        return count == 1
      }
    }
    let hop = "/hop?to=http://localhost:PORT/picture.gif"

    let (answer, visits, _) = try await fetch("http://127.0.0.1:PORT\(hop)", by: first)

    #expect(answer.fieldErrors == ["url unreachable"])
    #expect(visits == ["/hop"])
    #expect(asked.withLock { $0 } >= 2)
  }

  @Test(arguments: [
    ("/loop", "unreachable"), ("/nothing", "unreachable"), ("/page", "unsupported_type"),
    ("/hop?to=file:///etc/passwd", "unreachable"), ("/hop?to=gopher://127.0.0.1/", "unreachable"),
    ("http://user:password@127.0.0.1:PORT/picture.gif", "unreachable"),
    ("http://127.0.0.1:1/picture.gif", "unreachable"), ("https://127.0.0.1:PORT/", "unreachable"),
  ])
  func `refuses what is no picture there`(path: String, code: String) async throws {
    let (answer, visits, site) = try await fetch(path)

    #expect(answer.fieldErrors == ["url \(code)"])
    #expect(visits.count <= 4)
    #expect(site.files.leftovers == [] && site.files.parts == [])
  }

  @Test func `ends what does not end`() async throws {
    var limits = PictureLimits()
    limits.sizeBytes = 100_000

    let (answer, _, site) = try await fetch("/endless", limits: limits)

    #expect(answer.fieldErrors == ["url too_large"])
    #expect(site.files.leftovers == [] && site.files.parts == [])
  }

  @Test func `does not wait for ever`() async throws {
    let hasty = FileFetcher(pool: fetching, limit: .milliseconds(500)) { _ in true }

    let (answer, _, _) = try await fetch("/silent", by: hasty)

    #expect(answer.fieldErrors == ["url too_slow"])
  }

  @Test(arguments: [
    "", "picture.gif", "ftp://example.org/a.gif", "file:///etc/passwd", "http://", "http://a b",
    "javascript:alert(1)", "http://пример.рф/",
  ])
  func `needs an address of the web`(url: String) async throws {
    let site = try await TestGallery.make()
    try await site.serve { client in
      let json = #"{"url": "\#(url)"}"#
      let answer = try await client.send(.post, "/api/uploads/fetched", as: Cast.ada, json: json)

      #expect(answer.status == .unprocessableContent)
    }
  }

  @Test(arguments: [
    "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::808:808",
    "64:ff9b:1::1", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
    "2001::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:808:808::1", "3fff::1", "5f00::1",
  ])
  func `knows what is not public`(address: String) throws {
    let known = try #require(NetworkAddress(address))
    #expect(!known.isPublic)
  }

  @Test(arguments: [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1",
    "192.0.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700::1111", "3ffe::1",
  ])
  func `knows what is public`(address: String) throws {
    let known = try #require(NetworkAddress(address))
    #expect(known.isPublic)
  }
}
