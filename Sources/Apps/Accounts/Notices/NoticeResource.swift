import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Notice: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("app", app)
      json.field("kind", kind)
      json.field("facts", knownFacts)
      json.field("created_at", createdAt)
      json.field("read_at", readAt)
    }
  }

  /// What the notice says, by name.
  var knownFacts: NoticeFacts {
    guard case .object(let values)? = try? JSONValue(parsing: facts.text.utf8) else {
      return NoticeFacts(values: [:])
    }
    return NoticeFacts(values: values)
  }
}

extension Notice: JSONResource {
  static let schemaName = "Notice"

  private static let exampleMember = MemberID(
    high: 0x019A_A4C0_3C5E_7B2A,
    low: 0x9C1D_2F6E_8A7B_4C3D
  )

  static let examples = [
    Notice(
      id: NoticeID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E27),
      memberID: exampleMember,
      app: "accounts",
      kind: NoticeKind.sessionStarted.name,
      facts: JSONText(
        #"{"session": "019aa4c1-7d20-7c4e-8a55-0d9b6a1f3e28", "browser": "Firefox", "#
          + #""system": "Linux", "address": "192.0.2.1"}"#
      ),
      createdAt: Date(timeIntervalSince1970: 1_795_233_914.123456),
      readAt: Date(timeIntervalSince1970: 1_795_233_999.123456)
    ),
    Notice(
      id: NoticeID(high: 0x019A_A4C0_9E11_7D03, low: 0x9B21_4F6C_1D2E_3A45),
      memberID: exampleMember,
      app: "gallery",
      kind: "storage.nearly_full",
      createdAt: Date(timeIntervalSince1970: 1_795_233_914.123456)
    ),
  ]
}

/// What a notice says, by name; texts and numbers only.
struct NoticeFacts: JSONWritable {
  let values: [String: JSONValue]

  func write(to json: inout JSONWriter) {
    json.object { json in
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        switch value {
        case .string(let text): json.field(named: name, text)
        case .integer(let number): json.field(named: name, number)
        default: break
        }
      }
    }
  }

  /// A link with the texts that stand in it as `{name}`; nil when one is missing.
  ///
  /// Escaped, so that a fact is never more than one part of the address.
  func address(_ link: String) -> String? {
    var address = ""
    var rest = link[...]
    while let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") {
      let name = String(rest[rest.index(after: start)..<end])
      guard let text = text(name) else { return nil }
      address += rest[..<start] + PercentEncoding.encode(text)
      rest = rest[rest.index(after: end)...]
    }
    return address + rest
  }

  /// A text among them; nil for another name.
  func text(_ name: String) -> String? {
    guard case .string(let text)? = values[name] else { return nil }
    return text
  }
}

/// A page of what a member was told, with the number for the bell.
struct NoticePage: Sendable {
  let page: Page<Notice>
  let unread: Int
}

extension NoticePage: JSONResource {
  static let schemaName = "NoticePage"

  static var examples: [NoticePage] {
    Page<Notice>.examples.map { NoticePage(page: $0, unread: 3) }
  }

  /// Writes `{"items": […], "next": …, "unread": …}`.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("items", page.items)
      json.field("next", page.next)
      json.field("unread", unread)
    }
  }
}

/// How many notices are left to be read.
struct UnreadCount: JSONResource {
  static let schemaName = "UnreadCount"
  static let examples = [UnreadCount(unread: 0)]

  let unread: Int

  func write(to json: inout JSONWriter) {
    json.object { $0.field("unread", unread) }
  }
}
