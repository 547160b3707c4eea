public import ArtelConcurrency
public import ArtelTelemetry

/// Fetches files from addresses that members name, without lending them this machine's place in its
/// network.
///
/// Only `http` and `https`, at most three redirects, limits on size and time. Where a connection goes is
/// looked at when it is opened, whatever the name was found to mean before, and for every redirect anew.
public struct FileFetcher: Sendable {
  private let pool: BlockingPool
  private let tracer: Tracer
  private let limit: Duration
  private let admits: @Sendable (NetworkAddress) -> Bool

  /// Makes a fetcher.
  ///
  /// - Parameters:
  ///   - pool: Its threads wait for other servers: as many files are fetched at once as it has.
  ///   - tracer: Records a span of each file, without its address: it is what a member wrote.
  ///   - limit: How long one file may take; default 30 seconds.
  ///   - admits: Whether a connection may go to an address; default the public ones.
  public init(
    pool: BlockingPool,
    tracer: Tracer = Tracer(),
    limit: Duration = .seconds(30),
    admits: @escaping @Sendable (NetworkAddress) -> Bool = { $0.isPublic }
  ) {
    self.pool = pool
    self.tracer = tracer
    self.limit = limit
    self.admits = admits
  }

  /// Fetches a file.
  ///
  /// - Parameters:
  ///   - address: Where it is.
  ///   - path: Where it goes; made anew.
  ///   - limitBytes: The longest file.
  ///   - accepts: Whether a file with these first bytes, at most 1,024, is wanted.
  /// - Returns: How long it is, in bytes.
  /// - Throws: ``FetchError``, `BlockingPoolError`; the file may be there then.
  public func fetch(
    _ address: String,
    to path: String,
    limitBytes: Int,
    accepts: @escaping @Sendable ([UInt8]) -> Bool
  ) async throws -> Int {
    try await tracer.span("GET", .client) {
      Span.current?.set("http.request.method", .text("GET"))
      let sizeBytes = try await pool.run { [limit, admits] in
        let download = try CurlDownload(
          to: path,
          limitBytes: limitBytes,
          accepts: accepts,
          admits: admits
        )
        return try download.run(address, limit: limit)
      }
      Span.current?.set("http.response.body.size", .number(sizeBytes))
      return sizeBytes
    }
  }
}
