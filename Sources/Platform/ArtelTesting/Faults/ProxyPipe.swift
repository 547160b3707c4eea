/// One direction of a connection through a ``FaultyProxy``: what came in and may leave when; a pure
/// value.
///
/// Bytes leave in the order they came, each of them once. Places in the stream are counted in bytes
/// from its beginning.
struct ProxyPipe {
  private struct Chunk {
    var bytes: ArraySlice<UInt8>
    let due: ContinuousClock.Instant
  }

  private var chunks: [Chunk] = []
  /// The end of what came before, for markers that arrive in pieces.
  private var recent: [UInt8] = []
  private var receivedCount = 0

  private static let recentLimit = 255

  /// How many bytes have left.
  private(set) var sentCount = 0
  /// How many bytes wait.
  private(set) var waitingCount = 0
  /// Nothing from this place on leaves.
  var heldFrom: Int?
  /// The connection ends when this many bytes have left.
  var cutAt: Int?
  /// The sender has said that nothing more comes.
  var isEnded = false
  /// The receiver was told so.
  var isEndSent = false

  var isCut: Bool { cutAt.map { sentCount >= $0 } ?? false }

  /// Takes in what the sender sent; it leaves when `due`.
  mutating func receive(_ bytes: [UInt8], due: ContinuousClock.Instant) {
    chunks.append(Chunk(bytes: bytes[...], due: due))
    waitingCount += bytes.count
    receivedCount += bytes.count
  }

  /// The place of a marker that ends in the bytes received last, or nil; ask before ``remember(_:)``.
  func place(of marker: [UInt8], in bytes: [UInt8]) -> Int? {
    let text = recent + bytes
    guard !marker.isEmpty, text.count >= marker.count else { return nil }
    let last = text.count - marker.count
    guard let found = (0...last).first(where: { text[$0...].starts(with: marker) }) else {
      return nil
    }
    return receivedCount - bytes.count - recent.count + found
  }

  /// Keeps the end of `bytes` for the next search.
  mutating func remember(_ bytes: [UInt8]) {
    recent = Array((recent + bytes).suffix(ProxyPipe.recentLimit))
  }

  /// What may leave now; nil when nothing may.
  func ready(at now: ContinuousClock.Instant) -> ArraySlice<UInt8>? {
    guard let first = chunks.first, first.due <= now else { return nil }
    let end = min(heldFrom ?? .max, cutAt ?? .max)
    let bytes = first.bytes.prefix(max(0, end - sentCount))
    return bytes.isEmpty ? nil : bytes
  }

  /// When the oldest bytes may leave; nil when there are none or they are held.
  var nextDue: ContinuousClock.Instant? {
    guard let first = chunks.first, (heldFrom ?? .max) > sentCount else { return nil }
    return first.due
  }

  /// Notes that the first `count` bytes of ``ready(at:)`` have left.
  mutating func sent(_ count: Int) {
    sentCount += count
    waitingCount -= count
    chunks[0].bytes = chunks[0].bytes.dropFirst(count)
    if chunks[0].bytes.isEmpty { chunks.removeFirst() }
  }
}
