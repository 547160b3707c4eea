public import ArtelIdentifiers

/// Names a member in every app.
public typealias MemberID = Identifier<AccountsMember>
