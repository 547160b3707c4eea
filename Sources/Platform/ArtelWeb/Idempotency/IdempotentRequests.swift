public import ArtelConcurrency
public import ArtelPostgres
import FoundationEssentials
import HTTPTypes
public import Hummingbird
import NIOCore
import Synchronization

/// Makes requests with an `Idempotency-Key` create something once, however often they are repeated.
///
/// The answer is stored in the verb's own transaction, in the context's table
/// `web.idempotent_requests`: after a lost connection or a killed server the repeated request gets the
/// stored answer. Answers are kept for 24 hours. Refusals are not stored: they created nothing.
///
/// A second request during the first gets 409 on the same node. On another node it runs too, but
/// only one of the two transactions can store its answer; the other is rolled back and answers
/// with what the first one stored.
public final class IdempotentRequests: Sendable {
  /// How long an answer is kept, in seconds: 24 hours.
  static let lifetime: TimeInterval = 86_400

  private let db: Database
  private let clock: WallClock
  private let inFlight = Mutex<Set<Bytea>>([])

  /// Makes a guard for one context, whose database has the table.
  public init(db: Database, clock: WallClock) {
    self.db = db
    self.clock = clock
  }

  /// Runs `create`, or answers what it answered before.
  ///
  /// - Parameters:
  ///   - key: Nil runs `create` without an attempt.
  ///   - create: Tells the attempt what it reads of the body, asks it to ``IdempotentAttempt/proceed()``
  ///     once all is read, and lets it store the answer in the transaction.
  /// - Returns: The answer of `create` or the stored one, which then has `Idempotency-Replayed`.
  /// - Throws: ``Problem`` of kind `idempotency_key_in_use` (409) or `idempotency_key_reused` (422);
  ///   what `create` throws.
  public func once(
    _ key: IdempotencyKey?,
    _ create: (IdempotentAttempt?) async throws -> Response
  ) async throws -> Response {
    guard let key else { return try await create(nil) }
    guard inFlight.withLock({ $0.insert(key.digest).inserted }) else {
      throw Problem(.keyInUse, headers: [.retryAfter: "1"])
    }
    defer { _ = inFlight.withLock { $0.remove(key.digest) } }
    let attempt = IdempotentAttempt(key, in: self)
    do {
      return try await create(attempt)
    } catch let stored as StoredAnswer {
      return stored.response
    } catch {
      // Another node may have been quicker, and its result is what stands in the way of this one.
      guard attempt.hasProceeded, let stored = try? await answer(to: attempt.key) else {
        throw error
      }
      return stored.response
    }
  }

  /// Removes answers whose time is over; at most 100 statements of 1,000.
  ///
  /// - Returns: How many were removed.
  @discardableResult
  public func prune() async throws -> Int {
    let expiry = expiry
    var total = 0
    for _ in 0..<100 {
      let count = try await db.write(
        """
        delete from web.idempotent_requests where key_digest in (
          select key_digest from web.idempotent_requests where stored_at <= \(expiry)
          order by stored_at limit 1000 for update skip locked
        )
        """
      ).affectedCount
      total += count
      if count < 1_000 { break }
    }
    return total
  }

  private var expiry: Date { clock.now() - Self.lifetime }

  /// The stored answer to a key; nil when there is none.
  ///
  /// - Throws: ``Problem`` of kind `idempotency_key_reused`.
  fileprivate func answer(to key: IdempotencyKey) async throws -> StoredAnswer? {
    let rows = try await db.read(
      """
      select fingerprint, status, location, body from web.idempotent_requests
      where key_digest = \(key.digest) and stored_at > \(expiry)
      """
    )
    guard let row = rows.first else { return nil }
    guard try row.decode(Bytea.self, at: 0) == key.fingerprint else {
      throw Problem(.keyReused)
    }
    return StoredAnswer(
      status: try row.decode(Int.self, at: 1),
      location: try row.decode(String?.self, at: 2),
      body: try row.decode(Bytea.self, at: 3)
    )
  }

  fileprivate func store(
    _ answer: StoredAnswer,
    to key: IdempotencyKey,
    in tx: Transaction
  ) async throws {
    let now = clock.now()
    // Waits for another transaction that stores the same key, and gives way to it.
    let stored = try await tx.write(
      """
      insert into web.idempotent_requests as stored (key_digest, fingerprint, status, location, body, stored_at)
      values (\(key.digest), \(key.fingerprint), \(answer.status), \(answer.location),
        \(answer.body), \(now))
      on conflict (key_digest) do update
      set fingerprint = excluded.fingerprint, status = excluded.status,
        location = excluded.location, body = excluded.body, stored_at = excluded.stored_at
      where stored.stored_at <= \(expiry)
      """
    )
    guard stored.affectedCount == 1 else { throw Problem(.keyInUse, headers: [.retryAfter: "1"]) }
  }
}

/// One run of a request with an `Idempotency-Key`; belongs to the closure that was given it.
public final class IdempotentAttempt: Sendable {
  private struct State {
    var key: IdempotencyKey
    var hasProceeded = false
  }

  private let state: Mutex<State>
  private let requests: IdempotentRequests

  init(_ key: IdempotencyKey, in requests: IdempotentRequests) {
    state = Mutex(State(key: key))
    self.requests = requests
  }

  var key: IdempotencyKey { state.withLock { $0.key } }

  var hasProceeded: Bool { state.withLock { $0.hasProceeded } }

  /// Takes in a piece of a file as it arrives, so that the file need not be kept to be compared.
  public func add(_ chunk: ByteBuffer) {
    state.withLock { $0.key.add(chunk.readableBytesView) }
  }

  /// Takes in the fields of the body.
  public func add(_ fields: FormSource) {
    state.withLock { $0.key.add(fields) }
  }

  /// Returns when nothing was stored for the key; call it once the whole body was taken in.
  ///
  /// - Throws: The stored answer, for ``IdempotentRequests/once(_:_:)``; ``Problem`` of kind
  ///   `idempotency_key_reused`.
  public func proceed() async throws {
    let key = state.withLock { state in
      state.hasProceeded = true
      return state.key
    }
    if let stored = try await requests.answer(to: key) { throw stored }
  }

  /// Stores a 201 with its body and its address; it counts when the transaction commits.
  ///
  /// - Throws: ``Problem`` of kind `idempotency_key_in_use` when another node was quicker; the
  ///   transaction must then roll back.
  public func store(
    created value: some JSONWritable,
    at location: String,
    in tx: Transaction
  ) async throws {
    var json = JSONWriter(capacity: 1024)
    json.value(value)
    let answer = StoredAnswer(
      status: Int(HTTPResponse.Status.created.code),
      location: location,
      body: Bytea(json.bytes)
    )
    try await requests.store(answer, to: key, in: tx)
  }
}

/// An answer that was given before; thrown to leave a verb that need not run.
struct StoredAnswer: Error {
  let status: Int
  let location: String?
  let body: Bytea

  var response: Response {
    var headers: HTTPFields = [
      .contentType: "application/json", .idempotencyReplayed: "true",
    ]
    headers[.location] = location
    return Response(
      status: HTTPResponse.Status(code: status),
      headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes))
    )
  }
}
