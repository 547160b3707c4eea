public import ArtelConcurrency
import ArtelIdentifiers
import ArtelTelemetry
import FoundationEssentials
import Glibc
import NIOCore
import Synchronization

/// Writes one JSON line per request, in batches and never on the path of a request.
///
/// A line has `time`, `method`, `route` (the pattern, so that ids and tokens in addresses stay
/// out), `status`, `bytes` (absent when not known in advance), `ms` (until the answer begins),
/// `request_id`, `trace_id`, `span_id` and `member_id` (absent for guests). Lines that do not fit the buffer are dropped and counted: the next batch begins
/// with a line `{"dropped": n}`.
public final class AccessLog: Sendable {
  private struct Pending {
    var bytes: [UInt8] = []
    var dropped = 0
    var flushing: Task<Void, Never>?
  }

  private let pending = Mutex(Pending())
  private let descriptor: CInt
  private let pool: BlockingPool
  private let bufferBytes: Int

  /// Makes a log.
  ///
  /// - Parameters:
  ///   - descriptor: Where lines go; not closed. Default 1, standard output.
  ///   - bufferBytes: Most bytes that wait; default 4 MiB.
  ///   - pool: Writes them.
  public init(descriptor: Int32 = 1, bufferBytes: Int = 4_194_304, pool: BlockingPool) {
    self.descriptor = descriptor
    self.bufferBytes = bufferBytes
    self.pool = pool
  }

  struct Entry {
    var date: Date
    var method: String
    var route: String
    var status: Int
    var bodyBytes: Int?
    var nanoseconds: UInt64
    var requestID: String
    var trace: TraceParent
    var member: Identifier<AccountsMember>?
  }

  func record(_ entry: Entry) {
    var json = JSONWriter(capacity: 256)
    json.object { json in
      json.field("time", entry.date)
      json.field("method", entry.method)
      json.field("route", entry.route)
      json.field("status", entry.status)
      if let bytes = entry.bodyBytes { json.field("bytes", bytes) }
      json.field("ms", Double(entry.nanoseconds / 1000) / 1000)
      json.field("request_id", entry.requestID)
      json.field("trace_id", entry.trace.traceID)
      json.field("span_id", entry.trace.spanID)
      if let member = entry.member { json.field("member_id", member) }
    }
    pending.withLock { pending in
      guard pending.bytes.count + json.bytes.count < bufferBytes else {
        pending.dropped += 1
        return
      }
      pending.bytes.append(contentsOf: json.bytes)
      pending.bytes.append(UInt8(ascii: "\n"))
    }
  }

  /// Writes what waits; returns when it is written, and what another call is writing, too.
  public func flush() async {
    let flushing = pending.withLock { pending in
      let earlier = pending.flushing
      let flushing = Task {
        await earlier?.value
        await self.write()
      }
      pending.flushing = flushing
      return flushing
    }
    await flushing.value
    pending.withLock { if $0.flushing == flushing { $0.flushing = nil } }
  }

  private func write() async {
    let (bytes, dropped) = pending.withLock { pending in
      defer {
        pending.bytes.removeAll(keepingCapacity: false)
        pending.dropped = 0
      }
      return (pending.bytes, pending.dropped)
    }
    guard !bytes.isEmpty || dropped > 0 else { return }
    let note = dropped > 0 ? Array("{\"dropped\":\(dropped)}\n".utf8) : []
    do {
      try await pool.run { [descriptor] in Self.write(note + bytes, to: descriptor) }
    } catch {
      // A log that cannot be written must not stop the server.
      let lines = bytes.count { $0 == UInt8(ascii: "\n") }
      pending.withLock { $0.dropped += dropped + lines }
    }
  }

  /// Flushes five times a second for as long as this object lives.
  func start(on eventLoop: any EventLoop) {
    eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(200), delay: .milliseconds(200)) {
      [weak self] task in
      guard let self else { return task.cancel() }
      let isDue = pending.withLock { pending in
        pending.flushing == nil && (!pending.bytes.isEmpty || pending.dropped > 0)
      }
      guard isDue else { return }
      Task { await self.flush() }
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: CInt) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
