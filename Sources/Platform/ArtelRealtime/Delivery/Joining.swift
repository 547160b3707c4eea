/// How a client that was away catches up with one log and then follows it, without gap or double.
///
/// It begins to listen first and reads what it missed afterwards: entries up to the place at which it
/// began to listen come from the log, page by page; what arrives live in the meantime is held. `Live` is
/// what arrives live, in whatever portions.
struct Joining<Live> {
  /// The next page to read; nil once the last one was sent.
  private(set) var next: (after: LogPoint, through: LogPoint)?

  /// Whether what arrives is sent at once.
  private(set) var isFollowing = true

  private var held: [Live] = []

  /// Begins at a client's place in the log.
  ///
  /// - Parameters:
  ///   - point: What the client knows already; nil when it wants what comes from now on.
  ///   - end: How far the log was read when the client began to listen; what arrives live is behind it.
  init(after point: LogPoint?, listeningFrom end: LogPoint) {
    guard let point, point < end else { return }
    next = (point, end)
    isFollowing = false
  }

  /// Takes what arrives live; returns what is to be sent now.
  mutating func arrived(_ live: Live) -> Live? {
    guard !isFollowing else { return live }
    held.append(live)
    return nil
  }

  /// Notes that a page was sent.
  mutating func sent(through point: LogPoint, isLast: Bool) {
    guard let (_, end) = next else { return }
    next = isLast ? nil : (point, end)
  }

  /// Follows live from now on; returns what was held, to be sent behind the last page.
  mutating func follow() -> [Live] {
    isFollowing = true
    defer { held = [] }
    return held
  }
}
