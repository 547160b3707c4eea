import ArtelPostgres
import Crypto
import HTTPTypes
import Hummingbird

/// The form of a request that may carry an `Idempotency-Key`, and the key.
public struct Once<Input: Sendable>: Sendable {
  /// The form.
  public let input: Input

  /// The key; nil when the request has none and every repetition creates something.
  public let key: IdempotencyKey?
}

/// An `Idempotency-Key`, bound to who sent it and to the operation.
///
/// The text is not kept. What the body says goes into a digest that begins with the text, so that a
/// stolen database does not let anybody try passwords against digests of sign-ups; for that, keys
/// have to be random, and short ones are refused.
public struct IdempotencyKey: Sendable {
  /// How many characters a key has.
  static let length = 16...128

  /// The same as an ECMA-262 regular expression: visible ASCII.
  static let expression = "^[!-~]+$"

  /// SHA-256 of who, which operation and which key: 32 bytes.
  let digest: Bytea

  /// SHA-256 over the key and what the body says so far.
  private(set) var body: SHA256

  /// Nil when the request has no key.
  ///
  /// Members are told apart by id, guests by network: two strangers who send the same key are not
  /// in each other's way.
  init?(_ request: Request, _ context: WebContext, operation: String) throws {
    guard let text = request.headers[.idempotencyKey] else { return nil }
    guard Self.length.contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E) ~= $0 })
    else {
      throw Problem.badRequest(
        "Idempotency-Key must have \(Self.length.lowerBound) to \(Self.length.upperBound) "
          + "visible ASCII characters."
      )
    }
    let caller = context.principal.map { "\($0.memberID)" } ?? context.clientNetwork ?? ""
    digest = Bytea(SHA256.hash(data: Array("\(caller)\u{0}\(operation)\u{0}\(text)".utf8)))
    body = SHA256()
    body.update(data: Array(text.utf8))
  }

  /// Takes in a piece of the body; how it is cut does not matter.
  mutating func add(_ bytes: some Sequence<UInt8>) {
    if bytes.withContiguousStorageIfAvailable({ body.update(bufferPointer: .init($0)) }) == nil {
      body.update(data: Array(bytes))
    }
  }

  /// Takes in the fields of a form, whatever their order and the syntax they came in.
  mutating func add(_ fields: FormSource) {
    var json = JSONWriter()
    json.value(JSONTree(.object(fields.fields), orderedAs: ""))
    add(json.bytes)
  }

  /// What the body says; equal for equal bodies.
  var fingerprint: Bytea { Bytea(body.finalize()) }
}

extension HTTPField.Name {
  static let idempotencyKey = known("idempotency-key")
  static let idempotencyReplayed = known("idempotency-replayed")
}

extension Problem.Kind {
  /// 409: a request with the same key is being answered.
  static let keyInUse = Problem.Kind("idempotency_key_in_use", status: .conflict)
  /// 422: the key was used with another body.
  static let keyReused = Problem.Kind("idempotency_key_reused", status: .unprocessableContent)
}
