import Foundation

/// What a message says.
struct Told: Decodable {
  struct Payload: Decodable { var number: Int }
  var type: String
  var position: String?
  var kind: String?
  var payload: Payload?

  init(_ event: TestSocket.Event?) throws {
    guard case .text(let text)? = event else {
      throw Unexpected(event: String(describing: event))
    }
    self = try JSONDecoder().decode(Told.self, from: Data(text.utf8))
  }

  /// Something else than a message came.
  struct Unexpected: Error {
    let event: String
  }
}
