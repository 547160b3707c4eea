import Crypto
import FoundationEssentials
import HTTPTypes
import Hummingbird

/// Turns a request into a WebSocket, or refuses it.
///
/// Source: RFC 6455, 4.2.
enum WebSocketHandshake {
  /// The headers of the answer 101.
  ///
  /// - Throws: ``Problem`` of kind `upgrade_required` (426) when the request asks for no WebSocket of
  ///   this version, `bad_request` when it asks in the wrong way.
  static func answer(to headers: HTTPFields) throws -> HTTPFields {
    guard has("websocket", in: headers[values: .upgrade]),
      has("upgrade", in: headers[values: .connection]),
      headers[.secWebSocketVersion] == "13"
    else {
      let asked: HTTPFields = [
        .upgrade: "websocket", .connection: "Upgrade", .secWebSocketVersion: "13",
      ]
      throw Problem(.upgradeRequired, headers: asked)
    }
    let keys = headers[values: .secWebSocketKey]
    guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
      throw Problem.badRequest("Sec-WebSocket-Key is not the Base64 of 16 bytes.")
    }
    return [
      .upgrade: "websocket", .connection: "Upgrade",
      .secWebSocketAccept: accept(keys[0]),
    ]
  }

  /// Proves that the server understood the key.
  static func accept(_ key: String) -> String {
    let text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return Data(Insecure.SHA1.hash(data: Data(text.utf8))).base64EncodedString()
  }

  private static func has(_ word: String, in values: [String]) -> Bool {
    values.contains { value in
      value.split(separator: ",").contains { $0.trimmingSpaces().lowercased() == word }
    }
  }
}
