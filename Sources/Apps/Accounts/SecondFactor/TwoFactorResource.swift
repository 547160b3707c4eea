import ArtelAuth
import ArtelWeb
import FoundationEssentials

/// Where a member stands with the second factor; the secret of one that is being set up is told once
/// only.
struct TwoFactorResource: Sendable {
  let state: TwoFactorState

  init(_ state: TwoFactorState) {
    self.state = state
  }
}

extension TwoFactorResource: JSONResource {
  static let schemaName = "SecondFactor"

  func write(to json: inout JSONWriter) {
    var (name, since, codesLeft): (String, Date?, Int?) = ("off", nil, nil)
    switch state {
    case .off: break
    case .pending: name = "pending"
    case .on(let date, let left): (name, since, codesLeft) = ("on", date, left)
    }
    json.object { json in
      json.field("state", name)
      json.field("since", since)
      json.field("recovery_codes_left", codesLeft)
    }
  }

  static let examples = [
    TwoFactorResource(
      .on(since: Date(timeIntervalSince1970: 1_795_233_914.123456), codesLeft: 10)
    ),
    TwoFactorResource(.off),
  ]
}

/// What an authenticator has to be told.
struct AuthenticatorSetup: Sendable {
  /// In base 32, for people who type it.
  let secret: String
  /// The secret and what it is for, as authenticators read it.
  let address: String

  init(_ secret: [UInt8], account: String) {
    self.secret = TimedCode.text(of: secret)
    address = TimedCode.address(of: secret, account: account, issuer: Self.issuer)
  }

  /// What authenticators call this place.
  static let issuer = "Artel"
}

extension AuthenticatorSetup: JSONResource {
  static let schemaName = "AuthenticatorSetup"

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("secret", secret)
      json.field("address", address)
    }
  }

  static let examples = [AuthenticatorSetup(Array("an example of bytes!".utf8), account: "ada")]
}

/// Recovery codes, which nobody can see again.
struct RecoveryCodes: Sendable {
  let codes: [String]

  init(_ secrets: [RecoverySecret]) {
    codes = secrets.map(\.text)
  }
}

extension RecoveryCodes: JSONResource {
  static let schemaName = "RecoveryCodes"

  func write(to json: inout JSONWriter) {
    json.object { $0.field("codes", codes) }
  }

  static let examples = [
    RecoveryCodes(["7k3m9-x2b4d", "0q8zt-5n1cw"].compactMap { RecoverySecret($0) })
  ]
}
