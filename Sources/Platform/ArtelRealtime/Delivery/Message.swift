import ArtelWeb

/// The messages to clients, as JSON text; `docs/api/realtime.md` describes them.
enum Message {
  /// The first one: everything behind the position will be told.
  static func hello(_ position: Position) -> String {
    text("hello", position)
  }

  /// What the client missed is not known any more: it loads afresh and goes on from the position.
  static func snapshot(_ position: Position) -> String {
    text("snapshot", position)
  }

  /// The last one before a close: the client connects again and goes on from the position.
  static func resume(_ position: Position) -> String {
    text("resume", position)
  }

  /// The answer to a client that asks whether the server is still there.
  static let pong = #"{"type":"pong"}"#

  /// An update; `mark` is the position in its log alone.
  static func update(_ update: LiveUpdate, mark: String) -> String {
    // Marks, kinds and audiences need no escaping, and the payload is JSON as PostgreSQL wrote it.
    #"{"type":"update","position":"\#(mark)","kind":"\#(update.kind)","audience":"\#(update.audience.text)","payload":\#(update.payload)}"#
  }

  private static func text(_ type: String, _ position: Position) -> String {
    var json = JSONWriter(capacity: 128)
    json.object { json in
      json.field("type", type)
      json.field("position", position.text)
    }
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
