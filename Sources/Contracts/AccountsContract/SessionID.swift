public import ArtelIdentifiers

/// Names one signed-in browser or client of a member.
public typealias SessionID = Identifier<AccountsSession>
