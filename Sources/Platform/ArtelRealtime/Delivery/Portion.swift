import ArtelWeb
import NIOCore

/// Messages of one log in order, encoded once for all sockets that get the same ones.
struct Portion: Sendable {
  let log: String
  let epoch: String

  /// The updates as JSON, each with its place.
  private(set) var messages: [(point: LogPoint, text: String)] = []

  /// The same as WebSocket frames.
  private(set) var frames = ByteBuffer()

  /// Where the client stands once it has them.
  var end: LogPoint? { messages.last?.point }

  init(log: String, epoch: String) {
    self.log = log
    self.epoch = epoch
  }

  mutating func append(_ entry: LogEntry) {
    let mark = Position.Mark(epoch: epoch, point: entry.point)
    let text = Message.update(entry.update, mark: Position.text(of: mark, in: log))
    append(text, at: entry.point)
  }

  private mutating func append(_ text: String, at point: LogPoint) {
    messages.append((point, text))
    WebSocketFrames.write(text, to: &frames)
  }

  /// What of it stands behind a point; nil when nothing does.
  func behind(_ point: LogPoint) -> Portion? {
    guard let first = messages.first, first.point <= point else { return self }
    var rest = Portion(log: log, epoch: epoch)
    for message in messages where message.point > point {
      rest.append(message.text, at: message.point)
    }
    return rest.messages.isEmpty ? nil : rest
  }

  /// The messages of several portions in the order of the log.
  static func merged(_ portions: [Portion]) -> Portion? {
    guard var merged = portions.first else { return nil }
    guard portions.count > 1 else { return merged }
    let all = portions.flatMap(\.messages).sorted { $0.point < $1.point }
    merged.messages = []
    merged.frames = ByteBuffer()
    for message in all { merged.append(message.text, at: message.point) }
    return merged
  }
}

/// What a log grew by, ready for every socket.
struct Growth: Sendable {
  /// Everything up to here was read.
  let end: LogPoint

  private var portions: [Audience: Portion] = [:]

  /// Sorts the entries that may be shown by their audience.
  init(_ page: UpdateLog.Page, of log: String, epoch: String) {
    end = page.point
    for entry in page.entries {
      portions[entry.update.audience, default: Portion(log: log, epoch: epoch)].append(entry)
    }
  }

  /// Whether there is anything for anybody.
  var isEmpty: Bool { portions.isEmpty }

  /// What a client is told that belongs to some audiences.
  func portion(for audiences: [Audience]) -> Portion? {
    guard !isEmpty else { return nil }
    return Portion.merged(audiences.compactMap { portions[$0] })
  }
}
