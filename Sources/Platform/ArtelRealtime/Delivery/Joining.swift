/// How a client that was away catches up with one log and then follows it, without gap or double.
///
/// It begins to listen first and reads what it missed afterwards: entries up to the place at which it
/// began to listen come from the log, page by page; what arrives live in the meantime is held. `Live` is
/// what arrives live, in whatever portions.
struct Joining<Live> {
  /// The next page to read; nil once the client follows live.
  private(set) var next: (after: LogPoint, through: LogPoint)?

  private var held: [Live] = []

  /// Begins at a client's place in the log.
  ///
  /// - Parameters:
  ///   - point: What the client knows already; nil when it wants what comes from now on.
  ///   - end: How far the log was read when the client began to listen; what arrives live is behind it.
  init(after point: LogPoint?, listeningFrom end: LogPoint) {
    if let point, point < end { next = (point, end) }
  }

  /// Takes what arrives live; returns what is to be sent now.
  mutating func arrived(_ live: Live) -> Live? {
    guard next != nil else { return live }
    held.append(live)
    return nil
  }

  /// Notes that a page was sent; returns what was held, to be sent behind it, after the last one.
  mutating func sent(through point: LogPoint, isLast: Bool) -> [Live] {
    guard let (_, end) = next else { return [] }
    guard isLast else {
      next = (point, end)
      return []
    }
    next = nil
    defer { held = [] }
    return held
  }
}
