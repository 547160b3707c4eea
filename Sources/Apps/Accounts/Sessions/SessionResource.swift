import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import FoundationEssentials

/// An open session as its member sees it.
struct SessionResource: Sendable {
  let session: Session
  let isCurrent: Bool

  init(_ session: Session, current: SessionID?) {
    self.session = session
    isCurrent = session.id == current
  }
}

extension SessionResource: JSONResource {
  static let schemaName = "Session"

  func write(to json: inout JSONWriter) {
    let device = Device(userAgent: session.userAgent)
    json.object { json in
      json.field("id", session.id)
      json.field("kind", session.kind.rawValue)
      json.field("browser", device.browser)
      json.field("system", device.system)
      json.field("address", session.address)
      json.field("created_at", session.createdAt)
      json.field("last_used_at", session.lastUsedAt)
      json.field("is_current", isCurrent)
    }
  }

  static let examples = [
    SessionResource(example(.page, "Firefox/140 (X11; Linux)", "192.0.2.1"), current: nil),
    SessionResource(example(.api, "", nil), current: nil),
  ]

  private static func example(_ kind: SessionKind, _ userAgent: String, _ address: String?)
    -> Session
  {
    let date = Date(timeIntervalSince1970: 1_795_233_914.123456)
    return Session(
      id: SessionID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E28),
      memberID: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      kind: kind,
      userAgent: userAgent,
      address: address,
      createdAt: date,
      lastUsedAt: date,
      expiresAt: date + Session.lifetime
    )
  }
}
