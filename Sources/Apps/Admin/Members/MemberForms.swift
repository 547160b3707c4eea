import AccountsContract
import ArtelIdentifiers
import ArtelWeb

/// Which members a page shows.
struct MemberListForm: Form {
  let filter: MemberFilter
  /// The last member of the page before.
  let after: MemberID?

  init(_ fields: inout FormReader) {
    var filter = MemberFilter()
    filter.text = fields.optionalString("q", .trimmed, .length(0...100))
    filter.part = fields.optionalChoice("part") ?? .all
    self.filter = filter
    after = fields.optionalID("after", as: MemberID.self)
  }
}

/// A role to give or to take.
struct RoleForm: Form {
  let role: MemberRole
  let isGiven: Bool

  init(_ fields: inout FormReader) {
    role = fields.choice("role")
    isGiven = fields.boolean("given")
  }
}

/// Why a member is kept out; the verb says how long it may be.
struct ReasonForm: Form {
  let reason: String

  init(_ fields: inout FormReader) {
    reason = fields.string("reason", .length(0...2000))
  }
}

/// Which session is ended.
struct SessionForm: Form {
  let session: SessionID

  init(_ fields: inout FormReader) {
    session = fields.id("session", as: SessionID.self)
  }
}
