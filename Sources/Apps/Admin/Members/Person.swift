import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials

/// A member on a page of the panel.
///
/// Not called member there: that is who looks at the page.
struct Person: Sendable {
  let id: String
  let username: String
  let displayName: String
  let email: String?
  let phone: String?
  let portrait: Portrait
  let isAdministrator: Bool
  let isModerator: Bool
  let isSuspended: Bool
  let isOneself: Bool
  let joinedAt: Date
  let lastUsedAt: Date?
  let suspendedAt: Date?
  let suspensionReason: String?
  let hasSecondFactor: Bool
  /// Whether the member can do more than others, with a password alone.
  let isWeak: Bool
  let canReset: Bool
  let hasAvatar: Bool
  let departsAt: Date?

  init(_ record: MemberRecord, _ context: WebContext) {
    id = record.id.description
    username = record.username
    displayName = record.displayName
    email = record.email
    phone = record.phone
    portrait = Portrait(
      of: record.id,
      named: record.displayName,
      picture: record.avatar.map { SquarePicture($0.squares) }
    )
    isAdministrator = record.roles.contains(.administrator)
    isModerator = record.roles.contains(.moderator)
    isSuspended = record.suspendedAt != nil
    isOneself = context.principal?.memberID == record.id
    joinedAt = record.joinedAt
    lastUsedAt = record.lastUsedAt
    suspendedAt = record.suspendedAt
    suspensionReason = record.suspensionReason
    hasSecondFactor = record.hasSecondFactor
    isWeak = !record.roles.isEmpty && !record.hasSecondFactor
    canReset = record.suspendedAt == nil && record.email != nil
    hasAvatar = record.avatar != nil
    departsAt = record.departsAt
  }
}

/// A session on a page of the panel.
struct SessionLine: Sendable {
  let id: String
  let memberID: String
  let isBrowser: Bool
  let userAgent: String
  let address: String?
  let openedAt: Date
  let lastUsedAt: Date
  let endsAt: Date
  let isOpen: Bool

  init(_ record: SessionRecord, of member: MemberID) {
    id = record.id.description
    memberID = member.description
    isBrowser = record.isBrowser
    userAgent = record.userAgent
    address = record.address
    openedAt = record.openedAt
    lastUsedAt = record.lastUsedAt
    endsAt = record.endsAt
    isOpen = record.isOpen
  }
}
